"""Quantiles against a limit and against the baseline's, by shares of requests: no density is estimated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.judge.comparisons.strata import Strata
from harness.judge.stats.bounds import Risks
from harness.judge.stats.estimate import Estimate
from harness.judge.stats.inversion import Places, bounds_of, value_beside
from harness.judge.stats.latency import Latencies, Sample, quantile_sample
from harness.judge.stats.limit_test import LimitTest
from harness.judge.stats.noise import NO_BLOCKS, Floats, Witness
from harness.judge.stats.position import (
    count_below,
    end_of_answered,
    position_at_count,
    position_of,
    value_at_level_us,
    value_at_us,
)
from harness.judge.stats.shares import Share, ShareDifference, ShareTest, Stratum
from harness.plan.criteria.compare import Op
from harness.record.histograms.grid import BUCKET_HIGHEST_US, BUCKET_LOWEST_US, COUNTS, HIGHEST_US, bucket_of

LEAST_PASS_DEGREES = 3.0
PRECISION = 0.02
"""Of a bound, in histogram buckets."""


@dataclass(frozen=True, eq=False)
class QuantileAgainstLimit:
    """A quantile against a limit in seconds: the share of requests above the limit must be below 1 - p.

    So nothing depends on where between the limit and the observed quantile the requests lie.
    """

    sample: Sample
    p: float
    limit_s: float
    op: Op
    of_stage: bool = False
    """Whether the limit is one for this very time, so that it does not matter how blocks scatter."""

    @cached_property
    def test(self) -> ShareTest:
        """The share above the limit against 1 - p."""
        return self._test_at(self._limit_place)

    def within(self, risks: Risks) -> Estimate:
        """Return the quantile in seconds with its bounds."""
        cumulated = self.sample.cumulated
        place = position_at_count(cumulated, self.p * self.sample.n)
        places = Places(self._limit_place, place, (0.0, float(COUNTS)), PRECISION)
        lower, upper = bounds_of(self._test_at, places, risks)
        observed_us = value_at_level_us(cumulated, self.p)
        return Estimate(
            observed_us / 1e6 if math.isinf(observed_us) else self._beside(observed_us),
            max(self._value_s(lower, end_of_answered(cumulated)), 0.0),
            self._value_s(upper),
            self.sample.n,
            len(self.sample.sizes),
        )

    def _test_at(self, place: float) -> ShareTest:
        share = Share(self.sample.above(place), self.sample.sizes)
        return ShareTest(share.as_one if self.of_stage else share, 1 - self.p, LEAST_PASS_DEGREES)

    @cached_property
    def _limit_place(self) -> float:
        return limit_place(self.limit_s * 1e6, self.op)

    @property
    def _limit(self) -> tuple[float, float, Op]:
        return self._limit_place, self.limit_s, self.op

    def _beside(self, observed_us: float) -> float:
        return value_beside(observed_us / 1e6, bucket_of(observed_us) + 0.5, *self._limit)

    def _value_s(self, place: float, end: float = math.inf) -> float:
        """Return the value of a bound, which is no longer than what was answered until `end`."""
        if not math.isfinite(place):
            return place
        return value_beside(value_at_us(min(place, end)) / 1e6, place, *self._limit)


def limit_place(limit_us: float, op: Op) -> float:
    """Return the place on the grid that parts good values from bad: an edge of the bucket with the limit.

    The bucket counts as good. It does not where even its best value is bad: where it begins at a limit that
    must not be reached.
    """
    bucket = bucket_of(min(max(limit_us, 0.0), HIGHEST_US))
    if op.bounds_above:
        return float(bucket + 1 if op.holds(float(BUCKET_LOWEST_US[bucket]), limit_us) else bucket)
    return float(bucket if op.holds(float(BUCKET_HIGHEST_US[bucket]), limit_us) else bucket + 1)


@dataclass(frozen=True, eq=False)
class QuantileAgainstBaseline:
    """The canary's quantile against the baseline's of the same blocks: in proportion, or by an amount.

    Of the canary's requests no more may be above the baseline's quantile and the change allowed, than of the
    baseline's are above that quantile: of both at the common mix of endpoints.
    """

    strata: Strata
    p: float
    limit: float
    in_proportion: bool
    op: Op

    @cached_property
    def test(self) -> LimitTest:
        """The difference of the two shares at the limit."""
        return self._test_at(self._limit_place)

    @cached_property
    def baseline_us(self) -> float:
        """The baseline's quantile; infinite among requests never answered."""
        return value_at_us(self._baseline_place)

    def within(self, risks: Risks) -> Estimate:
        """Return the change of the quantile with its bounds: a share, or seconds."""
        places = Places(self._limit_place, self._observed_place, (0.0, float(COUNTS)), PRECISION)
        lower, upper = bounds_of(self._test_at, places, risks)
        return Estimate(
            self._change(value_at_us(self._observed_place)),
            self._bound(lower, end_of_answered(self.strata.of_canary)),
            self._bound(upper),
            self.strata.n,
            self.strata.blocks,
        )

    def _test_at(self, place: float) -> ShareDifference:
        return ShareDifference(self._above(place, self.strata, self._above_own), self._witness_at(place))

    def _witness_at(self, place: float) -> Witness:
        """Ask the blocks before, and both variants where they come out even: at the change observed."""
        earlier = self._earlier
        if earlier is None:
            return Witness(even=self._even)
        before = ShareDifference(self._above(place, earlier, self._above_own_before)).influence
        return Witness(before, self._even, self._earlier_even)

    @cached_property
    def _even(self) -> Floats:
        return ShareDifference(self._above(self._observed_place, self.strata, self._above_own)).influence

    @cached_property
    def _earlier_even(self) -> Floats:
        earlier = self._earlier
        if earlier is None:
            return NO_BLOCKS
        below = count_below(earlier.of_baseline, self._baseline_place) / float(earlier.of_baseline[-1])
        even = position_at_count(earlier.of_canary, below * float(earlier.of_canary[-1]))
        return ShareDifference(self._above(even, earlier, self._above_own_before)).influence

    @cached_property
    def _earlier(self) -> Strata | None:
        """The blocks before, if both variants had requests in them."""
        earlier = self.strata.earlier
        return earlier if earlier and earlier.of_canary[-1] and earlier.of_baseline[-1] else None

    @cached_property
    def _above_own(self) -> list[Share]:
        return shares_above(self._baseline_place, self.strata.baseline)

    @cached_property
    def _above_own_before(self) -> list[Share]:
        return shares_above(self._baseline_place, self._earlier.baseline) if self._earlier else []

    @staticmethod
    def _above(place: float, strata: Strata, baseline: Sequence[Share]) -> list[Stratum]:
        canary = shares_above(place, strata.canary)
        return [Stratum(*both) for both in zip(canary, baseline, strict=True)]

    @cached_property
    def _observed_place(self) -> float:
        cumulated = self.strata.of_canary
        return position_at_count(cumulated, self.p * float(cumulated[-1]))

    @cached_property
    def _baseline_place(self) -> float:
        cumulated = self.strata.of_baseline
        return position_at_count(cumulated, self.p * float(cumulated[-1]))

    @cached_property
    def _limit_place(self) -> float:
        own_us = self.baseline_us
        return position_of(own_us * (1 + self.limit) if self.in_proportion else own_us + self.limit * 1e6)

    def _change(self, value_us: float) -> float:
        if math.isinf(self.baseline_us):
            # What neither variant answered is no change.
            return 0.0 if math.isinf(value_us) else (-1.0 if self.in_proportion else -math.inf)
        if self.in_proportion:
            return value_us / self.baseline_us - 1
        return (value_us - self.baseline_us) / 1e6

    def _bound(self, place: float, end: float = math.inf) -> float:
        """Return the change at a bound, which is no longer than what was answered until `end`."""
        if not math.isfinite(place):
            return place if place > 0 else min(self._change(0.0), self.limit)
        change = self._change(value_at_us(min(place, end)))
        return value_beside(change, place, self._limit_place, self.limit, self.op)


def shares_above(place: float, samples: Sequence[Sample]) -> list[Share]:
    """Count what of each sample is above a place on the grid."""
    return [Share(each.above(place), each.sizes) for each in samples]


def quantile_estimate(latencies: Latencies, p: float, risks: Risks) -> Estimate:
    """Estimate a quantile in seconds with bounds, where no limit is asked about."""
    sample = quantile_sample(latencies, p)
    if sample is None:
        return Estimate.unknown(blocks=len(latencies))
    observed_s = value_at_level_us(sample.cumulated, p) / 1e6
    return QuantileAgainstLimit(sample, p, observed_s, Op.LE).within(risks)
