"""Both variants' latencies by endpoint, weighted to the mix of both: another mix alone is no difference."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from harness.judge.stats.latency import Latencies, Pair, Sample
from harness.judge.stats.noise import Floats
from harness.judge.stats.position import Cumulated, position_at_count, position_of


@dataclass(frozen=True, eq=False)
class Strata:
    """The samples of both variants in the same K blocks, one of each for every endpoint."""

    canary: Sequence[Sample]
    baseline: Sequence[Sample]
    earlier: Strata | None = None
    """The same of the blocks before these, which tell of the noise alone."""

    @cached_property
    def weights(self) -> Floats:
        """Each endpoint's share of both variants' values, (S,)."""
        return _weights([each.n for each in self.canary], [each.n for each in self.baseline])

    @cached_property
    def of_canary(self) -> Cumulated:
        """How many of the canary's values lie in each bucket or below, at the common mix, (COUNTS,)."""
        return _at_mix([each.cumulated for each in self.canary], self.weights)

    @cached_property
    def of_baseline(self) -> Cumulated:
        """The same of the baseline."""
        return _at_mix([each.cumulated for each in self.baseline], self.weights)

    @property
    def n(self) -> int:
        """The canary's values."""
        return sum(each.n for each in self.canary)

    @property
    def blocks(self) -> int:
        """The number of blocks."""
        return len(self.canary[0].successful)


def quantile_strata(pairs: Sequence[Pair], p: float, first: int = 0) -> Strata | None:
    """Select the samples for the p-quantile from the block `first` on.

    None without an endpoint at which both variants succeeded.
    """

    def bucket(sides: Sequence[Latencies], weights: Floats) -> int:
        cumulated = _at_mix([each.cumulated for each in sides], weights)
        return int(position_at_count(cumulated, p * float(cumulated[-1])))

    return _strata(pairs, first, bucket)


def mean_strata(pairs: Sequence[Pair], first: int = 0) -> Strata | None:
    """Select the samples for the mean; as `quantile_strata`."""

    def bucket(sides: Sequence[Latencies], weights: Floats) -> int:
        means_us = [float(each.successful.sums_us.sum()) / float(each.cumulated[-1]) for each in sides]
        return int(position_of(math.fsum(weights * means_us)))

    return _strata(pairs, first, bucket)


def _strata(
    pairs: Sequence[Pair], first: int, bucket: Callable[[Sequence[Latencies], Floats], int]
) -> Strata | None:
    judged = [(pair.part(first, len(pair.canary)) if first else pair, pair) for pair in pairs]
    both = [each for each in judged if min(int(side.cumulated[-1]) for side in each[0]) > 0]
    if not both:
        return None
    sides_of = list(zip(*(last for last, _ in both), strict=True))
    weights = _weights(*([int(side.cumulated[-1]) for side in sides] for sides in sides_of))
    buckets = [bucket(sides, weights) for sides in sides_of]

    def strata(pairs: Sequence[Pair], earlier: Strata | None = None) -> Strata:
        canary, baseline = (
            [side.with_failures_above(bucket) for side in sides]
            for bucket, sides in zip(buckets, zip(*pairs, strict=True), strict=True)
        )
        return Strata(canary, baseline, earlier)

    earlier = strata([whole.part(0, first) for _, whole in both]) if first else None
    return strata([last for last, _ in both], earlier)


def _weights(canary: Sequence[int], baseline: Sequence[int]) -> Floats:
    both = np.array(canary, dtype=np.float64) + np.array(baseline, dtype=np.float64)
    return np.asarray(both / both.sum())


def _at_mix(cumulated: Sequence[Cumulated], weights: Floats) -> Cumulated:
    """Add up, as if the endpoints had these shares of as many values."""
    if len(cumulated) == 1:
        return cumulated[0]
    n = sum(float(each[-1]) for each in cumulated)
    scaled = [
        weight * n / float(each[-1]) * each for weight, each in zip(weights.tolist(), cumulated, strict=True)
    ]
    return np.asarray(np.sum(scaled, axis=0))
