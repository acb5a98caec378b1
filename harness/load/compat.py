"""The public import for Locust users of any other client: `from harness.load.compat import Gated`."""

from harness.load.locust.compat import Gated

__all__ = ["Gated"]
