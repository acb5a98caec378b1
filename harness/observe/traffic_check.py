"""Checks after a rollback, by what the router logs, that only the baseline serves."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

_ENOUGH = 200
_WITHIN_S = 10.0
_PAUSE_S = 0.05


@dataclass
class SeenTraffic:
    """Requests that ended after a moment: of the canary, and of the baseline since the canary's last one."""

    canary: int = 0
    baseline_since: int = 0

    def take(self, baseline: int, canary: int) -> None:
        """Count some more."""
        self.canary += canary
        self.baseline_since = 0 if canary else self.baseline_since + baseline


class WatchedTraffic(Protocol):
    """A source that reads what a router logs."""

    @property
    def settle_s(self) -> float:
        """How long after a request its line may still be written."""

    def watch(self) -> SeenTraffic:
        """Count, apart from any stage, the requests that end from now on, while `poll` is called."""

    def poll(self) -> None:
        """Take what has been read."""


def check_traffic(
    traffic: WatchedTraffic,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Any] = time.sleep,
) -> str | None:
    """Return what is still wrong after a rollback, None when the canary gets nothing any more.

    Requests that were under way may end later, so it is fine once 200 requests of the baseline, or all of
    the last 5 s, follow the canary's last one. Without any request there is nothing to tell by.
    """
    seen = traffic.watch()
    began_s = last_s = clock()
    ends_s = began_s + _WITHIN_S + traffic.settle_s
    known = 0
    while clock() < ends_s and seen.baseline_since < _ENOUGH:
        sleep(_PAUSE_S)
        traffic.poll()
        if seen.canary > known:
            known, last_s = seen.canary, clock()
    if not known or seen.baseline_since >= _ENOUGH or ends_s - last_s >= _WITHIN_S / 2:
        return None
    return f"after the rollback {known:,} more requests reached the canary, by the router's log"
