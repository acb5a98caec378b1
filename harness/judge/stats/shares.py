"""Shares of requests by blocks: one against a limit, and the canary's against the baseline's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from harness.judge.stats.bounds import effective_share
from harness.judge.stats.limit_test import Care, p_of_mean
from harness.judge.stats.noise import Floats, Witness, block_noise, ratio_influence
from harness.judge.stats.special import betainc

FEW = 50
"""With fewer hits in either variant, counts are too few for Student's t alone."""


@dataclass(frozen=True, eq=False)
class Share:
    """How many of how many requests in each of K blocks, (K,)."""

    hits: Floats
    sizes: Floats

    @cached_property
    def n(self) -> float:
        """All requests."""
        return float(self.sizes.sum())

    @cached_property
    def value(self) -> float:
        """The pooled share; 0 of nothing."""
        return float(self.hits.sum()) / self.n if self.n else 0.0

    def without(self, first: int, count: int) -> Share:
        """Return the same with this stretch of blocks left out."""
        stretch = slice(first, first + count)
        return Share(np.delete(self.hits, stretch), np.delete(self.sizes, stretch))

    @property
    def as_one(self) -> Share:
        """The same in a single block: what is left of chance is that of independent requests."""
        return Share(*(each.sum(keepdims=True) for each in (self.hits, self.sizes)))

    def in_pairs(self) -> Share:
        """Return the same with every two neighbours as one block."""
        odd = len(self.hits) % 2
        return Share(*(each[odd:].reshape(-1, 2).sum(axis=1) for each in (self.hits, self.sizes)))


@dataclass(frozen=True, eq=False)
class ShareTest:
    """Tests a share against a limit: exact for independent requests, on the effective sample for others.

    Korn & Graubard 1998: the blocks' design effect and their degrees of freedom make an effective number of
    requests, which takes the place of the real one in Clopper & Pearson's bounds (1934).
    """

    share: Share
    limit: float
    least_degrees: float = 1.0
    """Degrees of freedom that a pass may count on."""

    def __len__(self) -> int:
        return len(self.share.hits)

    @property
    def beyond(self) -> Floats:
        """How far each block is above the limit, (K,); one without a request is as all of them together."""
        each = ratio_influence(self.share.hits, self.share.sizes, self.limit)
        return np.where(self.share.sizes > 0, each, each.mean()) if len(each) else each

    def p_beyond(self, risk: float, care: Care, *, above: bool) -> float:
        """Return the p value of one side, with as many effective requests as there are at this risk."""
        hits, n = self._effective(risk, care)
        if n <= 0:
            return 1.0
        if above:
            return betainc(hits, n - hits + 1, self.limit) if hits > 0 else 1.0
        return float(1 - betainc(hits + 1, max(n - hits, 1e-9), self.limit))

    def without(self, first: int, count: int) -> Self:
        """Return the same test with this stretch of blocks left out."""
        return type(self)(self.share.without(first, count), self.limit, self.least_degrees)

    def _effective(self, risk: float, care: Care) -> tuple[float, float]:
        return share_at(self.share, risk, care, self.least_degrees if care is Care.PASS else 1.0)


def share_at(share: Share, risk: float, care: Care, least_degrees: float = 1.0) -> tuple[float, float]:
    """Return the effective hits and requests at a risk; a pass takes the fewer that blocks in pairs show."""
    hits, n = effective_share(share.hits, share.sizes, risk, least_degrees)
    if care is Care.PASS and len(share.hits) >= care.pairs_from and hits > 0:
        pairs = share.in_pairs()
        merged = effective_share(pairs.hits, pairs.sizes, risk, least_degrees)
        if merged[1] < n:
            return merged
    return hits, n


@dataclass(frozen=True)
class Stratum:
    """Both variants' share at one endpoint, or at all together."""

    canary: Share
    baseline: Share

    @property
    def n(self) -> float:
        """The requests of both variants."""
        return self.canary.n + self.baseline.n

    def part(self, first: int, end: int) -> Stratum:
        """Return the same of the blocks from `first` up to, and without, `end`."""
        kept = slice(first, end)
        sides = (Share(each.hits[kept], each.sizes[kept]) for each in (self.canary, self.baseline))
        return Stratum(*sides)

    def without(self, first: int, count: int) -> Stratum:
        """Return the same with this stretch of blocks left out."""
        return Stratum(self.canary.without(first, count), self.baseline.without(first, count))


@dataclass(frozen=True, eq=False)
class ShareDifference:
    """Tests whether the canary's share is above the baseline's in the same K blocks.

    Where the two shares count what is slower than a mark and slower than the baseline's own quantile, this is
    the test of a scaled quantile: the error of the observed quantile moves both shares alike and cancels, so
    no density of latencies is needed (Woodruff 1952 inverted; Liu et al. 2019 without their density). Strata
    are weighted to the mix of both variants together, so that a different mix alone is no difference.
    """

    strata: Sequence[Stratum]
    witness: Witness | None = None
    """What else tells of the noise."""

    def __len__(self) -> int:
        return len(self.strata[0].canary.hits)

    @cached_property
    def _weights(self) -> list[float]:
        n = sum(stratum.n for stratum in self.strata)
        return [stratum.n / n for stratum in self.strata]

    @cached_property
    def value(self) -> float:
        """The difference of the shares, at the common mix."""
        return self.canary_share - self.baseline_share

    @cached_property
    def canary_n(self) -> float:
        """The canary's requests."""
        return sum(each.canary.n for each in self.strata)

    @cached_property
    def baseline_n(self) -> float:
        """The baseline's requests."""
        return sum(each.baseline.n for each in self.strata)

    @cached_property
    def canary_share(self) -> float:
        """The canary's share, at the common mix."""
        return sum(w * each.canary.value for w, each in zip(self._weights, self.strata, strict=True))

    @cached_property
    def baseline_share(self) -> float:
        """The baseline's share, at the common mix."""
        return sum(w * each.baseline.value for w, each in zip(self._weights, self.strata, strict=True))

    @cached_property
    def influence(self) -> Floats:
        """What each block adds to the difference, (K,)."""
        total = np.zeros(len(self))
        for weight, each in zip(self._weights, self.strata, strict=True):
            total += weight * (_influence(each.canary) - _influence(each.baseline))
        return total

    @property
    def beyond(self) -> Floats:
        """How far the canary's share is above the baseline's in each block, (K,)."""
        return self.value + self.influence

    @cached_property
    def floor(self) -> float:
        """The standard error if requests were independent: blocks cannot know the difference better."""
        variance = 0.0
        for weight, each in zip(self._weights, self.strata, strict=True):
            both = (each.canary.hits.sum() + each.baseline.hits.sum()) / each.n
            variance += weight**2 * both * (1 - both) * (1 / each.canary.n + 1 / each.baseline.n)
        return math.sqrt(variance)

    def p_beyond(self, risk: float, care: Care, *, above: bool) -> float:
        """Return the p value of one side; the risk makes no difference."""
        value = self.value if above else -self.value
        by_blocks = p_of_mean(value, self.influence, self.floor, care, self.witness)
        return max(by_blocks, self._p_of_counts(care, above=above))

    def _p_of_counts(self, care: Care, *, above: bool) -> float:
        """Compare few hits as counts: given their sum, the canary's is binomial.

        The conditional test of two Poisson counts (Przyborowski & Wilenski 1940), on counts divided by the
        design effect of the blocks.
        """
        n, m = self.canary_n, self.baseline_n
        hits, others = self.canary_share * n, self.baseline_share * m
        if min(hits, others) > FEW or self.floor <= 0:
            return 0.0
        design = max((block_noise(self.influence, self.witness).se / self.floor) ** 2, 1.0)
        hits, both, fair = hits / design, (hits + others) / design, n / (n + m)
        if above:
            return betainc(hits, both - hits + 1, fair) if hits > 0 else 1.0
        return float(1 - betainc(hits + 1, max(both - hits, 1e-9), fair)) if both > 0 else 1.0

    def without(self, first: int, count: int) -> ShareDifference:
        """Return the same test with this stretch of blocks left out."""
        kept = (each.without(first, count) for each in self.strata)
        witness = self.witness and self.witness.without(first, count)
        return ShareDifference([each for each in kept if each.canary.n and each.baseline.n], witness)


def _influence(share: Share) -> Floats:
    return ratio_influence(share.hits, share.sizes, share.value)
