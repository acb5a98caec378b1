"""The arrivals of one stage: pure arithmetic, seeded, without a clock.

Arrival `i` is due when the area under the rate reaches `i`, which for a constant rate is at `i / rate`; those
of a replay are due as they were recorded. A Poisson schedule draws, for every slice of time, a Poisson number
of arrivals at places that are uniform in that area, which is the same process. Slices are seeded one by one,
so every process that asks for a slice gets the same arrivals.

The variant is drawn in blocks: a share of 1/20 puts exactly one arrival of the variant at a random place in
each block of 20, so the split is exact and still unpredictable inside a block. In a ramp, where the shares
change, the number of a variant's arrivals follows the area under its own rate. The user class is drawn
independently, by weight.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from harness.load.pacing.climbing_shares import ClimbingShares
from harness.load.pacing.replayed_arrivals import ReplayedArrivals
from harness.plan.rates.due_times import DueTimes
from harness.plan.rates.stage_rates import StageRates

# Longest block in which a weight is made exact; finer weights are rounded to the nearest such fraction.
MAX_BLOCK = 1000

_TIMES, _VARIANTS, _CLASSES = range(3)


@dataclass(frozen=True)
class Slice:
    """Arrivals due in `[start_s, start_s + length_s)` of a stage.

    `due_s` (float64, seconds since the stage's start, ascending), `variant` (index into the schedule's
    shares) and `user_class` (index into its class weights) have one entry per arrival; `first` is the
    stage-wide number of the first one.
    """

    start_s: float
    length_s: float
    first: int
    due_s: NDArray[np.float64]
    variant: NDArray[np.int8]
    user_class: NDArray[np.int64]

    def share(self, worker: int, workers: int) -> Slice:
        """Keep the arrivals of one worker: those whose number is `worker` modulo `workers`."""
        if workers == 1:
            return self
        mine = slice((worker - self.first) % workers, None, workers)
        return Slice(
            self.start_s,
            self.length_s,
            self.first,
            self.due_s[mine],
            self.variant[mine],
            self.user_class[mine],
        )


@dataclass(frozen=True)
class Schedule:
    """All arrivals of a stage, as a function of nothing but these values.

    `rates` are the planned arrival rates, `shares` the part of each variant after a ramp, `key` the numbers
    that seed the draws (the plan's seed and the stage's index), `class_weights` the user classes' relative
    weights.
    """

    rates: StageRates
    shares: tuple[Fraction, ...]
    key: tuple[int, ...]
    poisson: bool = False
    class_weights: Sequence[float] = (1.0,)
    replayed: ReplayedArrivals | None = None
    """Arrivals that were recorded, instead of evenly spaced or random ones."""

    @property
    def block(self) -> int:
        """Length of the block of arrivals in which the split is exact, after a ramp."""
        return math.lcm(*(share.denominator for share in self._exact_shares))

    @property
    def _exact_shares(self) -> tuple[Fraction, ...]:
        _, *others = (share.limit_denominator(MAX_BLOCK) for share in self.shares)
        return (1 - sum(others, Fraction(0)), *others)

    @property
    def duration_s(self) -> float:
        """How long it lasts."""
        return float(self.rates.total.starts_s[-1])

    def slices(self, length_s: float) -> Iterator[Slice]:
        """Yield the stage's slices of `length_s` seconds in order; the last one may be shorter."""
        first, superblock, drawn = 0, 0, np.empty(0, np.int8)
        total, area = self.rates.total, Fraction(0)
        climbing = ClimbingShares(self.rates)
        for number in range(math.ceil(self.duration_s / length_s - 1e-9)):
            start_s = number * length_s
            # As the next slice computes its start: no arrival is in both, or in none.
            end_s = min((number + 1) * length_s, self.duration_s)
            area_before, area = area, total.arrivals_until(end_s)
            due_s = self._due(number, start_s, end_s, area_before, area)
            end = first + len(due_s)
            climbed = climbing.variants(first, end)
            count = len(due_s) - len(climbed)
            while len(drawn) < count:
                drawn = np.concatenate([drawn, self._superblock(superblock)])
                superblock += 1
            variant, drawn = np.concatenate([climbed, drawn[:count]]), drawn[count:]
            yield Slice(start_s, end_s - start_s, first, due_s, variant, self._classes(number, len(due_s)))
            first = end

    def _due(
        self, number: int, start_s: float, end_s: float, first: Fraction, end: Fraction
    ) -> NDArray[np.float64]:
        """Return the due times of a slice, before which the area under the rate is `first`."""
        if self.replayed is not None:
            return self.replayed.due_s(start_s, end_s)
        if self.poisson:
            rng, low, high = self._rng(_TIMES, number), float(first), float(end)
            return self._due_times.of(np.sort(rng.uniform(low, high, rng.poisson(high - low))))
        return self._due_times.of(np.arange(math.ceil(first), math.ceil(end)))

    @cached_property
    def _due_times(self) -> DueTimes:
        return DueTimes(self.rates.total)

    def _superblock(self, number: int) -> NDArray[np.int8]:
        """Draw 256 blocks at once: seeding a generator for each block would cost more than the draws."""
        counts = [int(share * self.block) for share in self._exact_shares]
        pattern = np.repeat(np.arange(len(counts), dtype=np.int8)[::-1], counts[::-1])
        return self._rng(_VARIANTS, number).permuted(np.tile(pattern, (256, 1)), axis=1).ravel()

    def _classes(self, number: int, count: int) -> NDArray[np.int64]:
        if len(self.class_weights) == 1:
            return np.zeros(count, np.int64)
        share = np.cumsum(self.class_weights) / np.sum(self.class_weights)
        return np.searchsorted(share, self._rng(_CLASSES, number).random(count), side="right")

    def _rng(self, purpose: int, number: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(np.random.SeedSequence([*self.key, purpose, number])))
