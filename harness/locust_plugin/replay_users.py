"""The locustfile of a plan that replays a log, where none is named: the built-in user alone."""

from harness.plugin import ReplayUser

__all__ = ["ReplayUser"]
