"""What one variant does to each request: its own seeded draws, under the faults that are set."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from harness.demo.behaviour.latency import bends_times, service_time_s, unbent_s
from harness.demo.behaviour.schedule import error_share
from harness.plan.variant import Variant

if TYPE_CHECKING:
    from harness.plan.faults import Faults

_DRAWN_AHEAD = 256


class Behaviour:
    """Service times and failures of one variant; times are moments of one monotonic clock.

    Service times and errors have random streams of their own, so switching errors on moves no service time.
    """

    def __init__(self, seed: int, variant: Variant, faults: Faults | None, now_s: float) -> None:
        self._seed = f"{seed}/{variant}"
        # Draws of a simulation; nothing secret depends on them.
        self._normal = Random(f"{self._seed}/service time").gauss  # noqa: S311
        self._drawn: list[float] = []
        self._uniform = Random(f"{self._seed}/errors").random  # noqa: S311
        self.set(faults, now_s)

    def set(self, faults: Faults | None, now_s: float) -> None:
        """Replace the faults, None for no fault; times in them count from now."""
        self.faults = faults
        self._set_s = now_s
        self.has_errors = faults is not None and (faults.errors > 0 or faults.bursty_errors > 0)
        self._bending = faults if faults and bends_times(faults) else None

    def age_s(self, now_s: float) -> float:
        """Return how long these faults have been set."""
        return now_s - self._set_s

    def service_time_s(self, now_s: float) -> float:
        """Draw the service time of a request that begins now."""
        if not self._drawn:
            self._drawn = [self._normal(0.0, 1.0) for _ in range(_DRAWN_AHEAD)]
            self._drawn.reverse()
        z = self._drawn.pop()
        if self._bending is not None:
            return service_time_s(z, self._bending, now_s - self._set_s)
        return unbent_s(z)

    def fails(self, now_s: float) -> bool:
        """Draw whether a response sent now is an injected error."""
        if self.faults is None or not self.has_errors:
            return False
        share = error_share(self.faults, self._seed, self.age_s(now_s))
        return share > 0 and self._uniform() < share
