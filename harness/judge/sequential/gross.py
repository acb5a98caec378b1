"""The built-in alarm: the canary is far slower than the baseline, whether or not a criterion asks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.stats.noise import Floats
from harness.judge.stats.table import Pool
from harness.judge.windows.block import Block, canary_requests, quantile_us, request_count
from harness.judge.windows.design import StageDesign
from harness.plan.criteria.change import Ratio
from harness.plan.criteria.compare import Op
from harness.plan.criteria.criterion import Criterion
from harness.plan.criteria.measure import measure_named
from harness.record.histograms.tag import EVERY_REQUEST, Kind

BETS = np.geomspace(0.1, 0.95, 4)
"""Shares of the largest allowed bet; their capitals are averaged, as the best one is not known beforehand."""
GROSS = 0.25
"""A gross regression is a p95 this much above the baseline's."""
GROSS_QUANTILE = 0.95
MIN_CANARY, MIN_BASELINE, MIN_POOLED = 10, 50, 200
"""Requests that make a share, a percentile of the same seconds, and one of the stage so far."""
_NEARLY = 1e-3


@dataclass(frozen=True)
class Stretch:
    """A time of the stage, and how many of the canary's requests in it were far too slow or failed."""

    from_s: float
    until_s: float
    bad: float
    requests: int


class CappedBets:
    """An e-CUSUM that no stretch of `disturbance_s` can sound alone.

    A gambler bets against 'each rate is at most `limit` in the mean, given the past': a stake of c multiplies
    the capital by 1 + c (rate - limit) / limit, which cannot grow in the mean while the limit is kept
    (Waudby-Smith & Ramdas 2023). Starting anew whenever the capital falls below 1, it reaches K / alpha over
    K blocks with a probability of at most alpha (Shin, Ramdas & Rinaldo 2022). It sounds only if it also does
    with any stretch of that length left out. Its ln grows per second by no more than lets what is left of
    twice that stretch suffice; a capped bet is still a supermartingale.
    """

    def __init__(
        self, limit: float, alpha: float, most_blocks: int, disturbance_s: float, block_s: float
    ) -> None:
        self._stakes = BETS / limit
        self._limit, self._disturbance_s = limit, disturbance_s
        self._enough = math.log(max(most_blocks, 1) / alpha)
        self._fastest_per_s = self._enough / (disturbance_s + block_s) * (1 + 1e-4)
        self._capitals = np.zeros((1, len(BETS)))
        """One row for each stretch left out, the first for none."""
        self._left_out_from_s = np.array([-math.inf])
        self._at_s = 0.0
        self.begins_anew = True
        """Whether the latest block was the first of a new game."""

    def take(self, rate: float, length_s: float) -> bool:
        """Bet on the next block's rate; return whether that is enough to sound."""
        self._capitals = np.vstack([self._capitals, self._capitals[:1]])
        self._left_out_from_s = np.append(self._left_out_from_s, self._at_s)
        betting = self._at_s >= self._left_out_from_s + self._disturbance_s - 1e-9
        self.begins_anew = bool((self._capitals[0] <= 0).all())
        growth = np.log1p(self._stakes * (rate - self._limit))
        growth = np.minimum(growth, self._fastest_per_s * length_s)
        self._capitals[betting] = np.maximum(self._capitals[betting], 0.0) + growth
        self._at_s += length_s
        self._forget(betting)
        return float(_log_of_mean(self._capitals).min()) + _NEARLY >= self._enough

    def _forget(self, betting: NDArray[np.bool_]) -> None:
        """Drop rows that can only be above another: one that begins anew is the lowest from here on."""
        anew = np.flatnonzero(betting & (self._capitals <= 0).all(axis=1))
        if len(anew):
            kept = ~betting
            kept[[0, anew[0]]] = True
            self._capitals, self._left_out_from_s = self._capitals[kept], self._left_out_from_s[kept]


def _log_of_mean(logs: Floats) -> Floats:
    """Return ln of the mean of exponentials in each row."""
    largest = logs.max(axis=1)
    return np.asarray(largest + np.log(np.exp(logs - largest[:, None]).mean(axis=1)))


class GrossRegressionTest:
    """Tests whether the canary's p95 is far above the baseline's of the same seconds.

    Of the canary's requests at most 5 % may be slower than so many times the baseline's p95, of these seconds
    or of the stage so far, whichever is higher: so a lull of the baseline is no regression. A failure of
    either counts as never answered.
    """

    def __init__(self, design: StageDesign, alpha: float) -> None:
        self._factor = 1 + gross_of(design)
        planned = design.as_planned
        fast = planned.clock.fast
        self._bets = CappedBets(
            1 - GROSS_QUANTILE,
            alpha,
            fast.planned_blocks * planned.budget.ends,
            design.disturbance_s,
            fast.block_s,
        )
        self._held: list[Block] = []
        self._stretch: Stretch | None = None
        self._so_far = {kind: Pool() for kind in EVERY_REQUEST}
        """The baseline's requests."""
        self._n = 0
        self._taken_of, self._so_far_us = 0, 0.0

    def take(self, block: Block) -> Stretch | None:
        """Take the next short block; return what sounds."""
        self._held.append(block)
        together = Block.merge(self._held)
        if canary_requests(together) < MIN_CANARY:
            return None
        if request_count(together.baseline) < MIN_BASELINE:
            return None
        self._held.clear()
        share, n = self._bad_share(together), request_count(together.canary)
        sounds = self._bets.take(share, together.length_s)
        begun = self._stretch
        if begun is None or self._bets.begins_anew:
            begun = Stretch(together.ends_s - together.length_s, together.ends_s, 0.0, 0)
        self._stretch = Stretch(begun.from_s, together.ends_s, begun.bad + share * n, begun.requests + n)
        return self._stretch if sounds else None

    def _bad_share(self, block: Block) -> float:
        limit_us = self._factor * self._p95_us(block)
        failed, n = block.canary[Kind.FAILED].total, request_count(block.canary)
        if math.isfinite(limit_us):
            return (block.canary[Kind.RESPONSE].count_above(limit_us) + failed) / n
        # Nothing is slower than a baseline that mostly fails, but the canary may fail more often.
        others_failed = block.baseline[Kind.FAILED].total / request_count(block.baseline)
        return max(failed / n - others_failed, 0.0)

    def _p95_us(self, block: Block) -> float:
        p95_us = quantile_us(block.baseline, Kind.RESPONSE, GROSS_QUANTILE)
        limit_us = max(p95_us, self._so_far_us)
        for kind, pool in self._so_far.items():
            pool.add(block.baseline[kind])
        self._n += request_count(block.baseline)
        # Of a long stage the percentile hardly moves from block to block.
        if self._n > max(MIN_POOLED, 1.01 * self._taken_of):
            self._taken_of = self._n
            so_far = {kind: pool.histogram for kind, pool in self._so_far.items()}
            self._so_far_us = quantile_us(so_far, Kind.RESPONSE, GROSS_QUANTILE)
        return limit_us


def no_gross_regression(design: StageDesign) -> BoundCriterion:
    """Return the comparison that the alarm is about, of a longer time."""
    text, limit = "no gross regression", Ratio(gross_of(design))
    criterion = Criterion(text, measure_named("p95"), Op.LE, limit)
    return BoundCriterion(criterion, reference=design.reference)


def gross_of(design: StageDesign) -> float:
    """Return how much above the baseline counts as gross: at least 2.5 times what the plan tolerates."""
    return max(GROSS, 2.5 * design.plan.judge.tolerance)
