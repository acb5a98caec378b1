"""The locustfile of a plan that replays a log, where none is named: the built-in user alone."""

from harness.load.locust.replay import ReplayUser
from harness.locust_plugin import hooks  # noqa: F401  # importing it adds the gate to Locust's events

__all__ = ["ReplayUser"]
