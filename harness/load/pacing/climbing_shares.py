"""The variants of the arrivals in a ramp in which the shares change: exact, by the arrival's number.

The canary's arrivals up to any moment are the area under its own rate, rounded. So it gets one more whenever
that area passes a half; the baseline gets the arrivals at which nobody else's area does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.plan.rates.due_times import DueTimes, Floats, areas
from harness.plan.rates.rate_curve import RateCurve, added
from harness.plan.rates.stage_rates import StageRates


class ClimbingShares:
    """The split of a stage's ramp; it has no arrivals where the shares stay."""

    def __init__(self, rates: StageRates) -> None:
        climb_s, curves = float(rates.climb_s), list(rates.by_variant.values())
        self._arrivals = rates.total.count_until(climb_s)
        self._halvings = [
            _Halving(added(curves[at:]), added(curves[at + 1 :]), climb_s) for at in range(len(curves) - 1)
        ]

    def variants(self, first: int, end: int) -> NDArray[np.int8]:
        """Return the variants of the arrivals from number `first` up to `end` that are in the ramp."""
        count = max(min(end, self._arrivals) - first, 0)
        chosen = np.zeros(count, np.int8)
        if not count:
            return chosen
        places, numbers = np.arange(count), np.arange(first, first + count, dtype=np.float64)
        for variant, halving in enumerate(self._halvings, 1):
            # What the variants so far leave is numbered by the halves that its own area has passed.
            before, after = halving.passed(numbers), halving.passed(numbers + 1)
            passes = after > before
            places, numbers = places[passes], before[passes] + 0.5
            chosen[places] = variant
        return chosen


class _Halving:
    """How often the area under one curve passes a half while that under another one, above it, grows."""

    def __init__(self, whole: RateCurve, part: RateCurve, climb_s: float) -> None:
        self._times, self._part, self._climb_s = DueTimes(whole), part, climb_s

    def passed(self, numbers: Floats) -> Floats:
        """Count the halves passed when the area of the upper curve reaches each number."""
        at_s = np.minimum(self._times.of(numbers), self._climb_s)
        return np.floor(areas(self._part, at_s) + 0.5)
