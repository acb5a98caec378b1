"""Mean latencies against a limit and against the baseline's, from the sums of blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from harness.judge.comparisons.strata import Strata
from harness.judge.stats.bounds import Risks
from harness.judge.stats.estimate import Estimate, never_answered
from harness.judge.stats.inversion import Places, bounds_of
from harness.judge.stats.latency import Sample
from harness.judge.stats.limit_test import LimitTest, MeanTest
from harness.judge.stats.noise import Floats, Witness, ratio_influence
from harness.judge.stats.position import NEVER
from harness.record.histograms.grid import BUCKET_MIDDLE_US

PRECISION = 1e-4
"""Of a bound, as a share of the mean."""
FARTHEST = 1e4
"""Times the observed mean, up to which a bound is looked for."""


@dataclass(frozen=True, eq=False)
class BlockMean:
    """A mean in seconds, how much each block pushes it up or down, (K,), and the error it has at least."""

    value_s: float
    influence_s: Floats
    floor_s: float
    """Its standard error if requests were independent: blocks cannot know it better than that."""
    n: int
    earlier: BlockMean | None = None
    """That of the blocks before these, which tells of the noise."""
    unanswered: bool = False
    """Whether requests never answered are among its values."""

    @classmethod
    def of(cls, sample: Sample) -> BlockMean:
        """Take the mean of a sample."""
        sums_s, n = sample.sums_us / 1e6, max(sample.n, 1)
        mean_s = float(sums_s.sum()) / n
        counts = np.diff(sample.cumulated, prepend=0).astype(np.float64)
        # No product of vectors: of so many numbers the library would make it in several threads.
        variance = float((counts * (BUCKET_MIDDLE_US / 1e6 - mean_s) ** 2).sum()) / n
        influence_s = ratio_influence(sums_s, sample.sizes, mean_s)
        unanswered = bool(sample.cumulated[-1] > sample.cumulated[NEVER - 1])
        return cls(mean_s, influence_s, math.sqrt(variance / n), n, unanswered=unanswered)

    @classmethod
    def at_mix(cls, samples: Sequence[Sample], weights: Floats, earlier: Sequence[Sample] = ()) -> BlockMean:
        """Take the mean of several samples in the same blocks, each with its weight, (S,)."""
        means = [cls.of(sample) for sample in samples]
        return cls(
            math.fsum(weights * [each.value_s for each in means]),
            np.asarray(weights @ np.array([each.influence_s for each in means])),
            math.hypot(*(weights * [each.floor_s for each in means])),
            sum(each.n for each in means),
            cls.at_mix(earlier, weights) if earlier else None,
            any(each.unanswered for each in means),
        )


def means_of(strata: Strata) -> tuple[BlockMean, BlockMean]:
    """Take the means of the canary and of the baseline at their common mix."""
    weights, earlier = strata.weights, strata.earlier
    canary = BlockMean.at_mix(strata.canary, weights, earlier.canary if earlier else ())
    return canary, BlockMean.at_mix(strata.baseline, weights, earlier.baseline if earlier else ())


@dataclass(frozen=True, eq=False)
class MeanAgainstLimit:
    """A mean latency against a limit in seconds."""

    canary: BlockMean
    limit_s: float

    @cached_property
    def test(self) -> LimitTest:
        """The mean against the limit."""
        return self._test_at(self.limit_s)

    def within(self, risks: Risks) -> Estimate:
        """Return the mean in seconds with its bounds."""
        mean, furthest_s = self.canary, FARTHEST * max(self.canary.value_s, self.limit_s)
        places = Places(self.limit_s, mean.value_s, (0.0, furthest_s), PRECISION * mean.value_s)
        lower, upper = bounds_of(self._test_at, places, risks)
        estimate = Estimate(mean.value_s, max(lower, 0.0), upper, mean.n, len(mean.influence_s))
        return never_answered(estimate, self.limit_s) if mean.unanswered else estimate

    def _test_at(self, limit_s: float) -> MeanTest:
        mean = self.canary
        return MeanTest(mean.value_s - limit_s, mean.influence_s, mean.floor_s)


@dataclass(frozen=True, eq=False)
class MeanAgainstBaseline:
    """The canary's mean latency against the baseline's of the same blocks, in proportion or by an amount.

    In proportion the canary's mean less the ratio times the baseline's is held against zero, so that no
    quotient of two uncertain numbers is taken (Fieller 1954).
    """

    canary: BlockMean
    baseline: BlockMean
    limit: float
    in_proportion: bool

    @cached_property
    def test(self) -> LimitTest:
        """The canary's mean against the baseline's and the change allowed."""
        return self._test_at(self.limit)

    def within(self, risks: Risks) -> Estimate:
        """Return the change of the mean with its bounds: a share, or seconds."""
        new, old = self.canary, self.baseline
        if self.in_proportion:
            observed, least, scale = new.value_s / old.value_s - 1, -1.0, 1.0
        else:
            scale = max(new.value_s, old.value_s)
            observed, least = new.value_s - old.value_s, -FARTHEST * scale
        most = FARTHEST * max(abs(observed), abs(self.limit), scale)
        places = Places(self.limit, observed, (least, most), PRECISION * scale)
        lower, upper = bounds_of(self._test_at, places, risks)
        estimate = Estimate(observed, max(lower, least), upper, new.n, len(new.influence_s))
        return never_answered(estimate, self.limit) if new.unanswered and not old.unanswered else estimate

    def _test_at(self, change: float) -> MeanTest:
        new, old = self.canary, self.baseline
        factor, amount_s = (1 + change, 0.0) if self.in_proportion else (1.0, change)
        return MeanTest(
            new.value_s - factor * old.value_s - amount_s,
            new.influence_s - factor * old.influence_s,
            math.hypot(new.floor_s, factor * old.floor_s),
            self._witness_at(factor),
        )

    def _witness_at(self, factor: float) -> Witness:
        """Ask the blocks before, and both variants where they come out even: at the ratio observed."""
        new, old = self.canary, self.baseline
        even = self._even(new, old)
        if new.earlier is None or old.earlier is None:
            return Witness(even=even)
        before = new.earlier.influence_s - factor * old.earlier.influence_s
        return Witness(before, even, self._even(new.earlier, old.earlier))

    def _even(self, new: BlockMean, old: BlockMean) -> Floats:
        factor = new.value_s / old.value_s if self.in_proportion and old.value_s else 1.0
        return new.influence_s - factor * old.influence_s
