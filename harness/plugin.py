"""The public import of a locustfile: `from harness.plugin import GateUser` makes `locust` the gate."""

from harness.load.compat import Gated
from harness.load.locust.replay import ReplayUser
from harness.load.locust.user import GateUser
from harness.load.tls import TlsSettings
from harness.locust_plugin import hooks  # noqa: F401  # importing it adds the gate to Locust's events

__all__ = ["GateUser", "Gated", "ReplayUser", "TlsSettings"]
