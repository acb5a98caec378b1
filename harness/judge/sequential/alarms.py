"""Sequential tests of criteria: each takes the blocks of a growing stage one after the other.

After each block a test yields the criteria that are broken, by the blocks so far and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.stats.anytime import BURN_IN, Bets, Doubling, normal_mixture_boundary
from harness.judge.stats.estimate import Mean
from harness.judge.stats.latency import GrowingLatencies, Latencies
from harness.judge.windows.block import (
    Block,
    ByKind,
    Gatherer,
    canary_requests,
    is_of_every_response,
    quantile_us,
    request_count,
)
from harness.judge.windows.design import StageDesign
from harness.plan.criteria.change import Ratio
from harness.plan.variant import Variant
from harness.record.histograms.tag import Kind

GROSS = 0.25
"""A gross regression is a p95 this much above the baseline's, or above an absolute limit."""
GROSS_QUANTILE = 0.95


class SequentialTest(Protocol):
    """Tests criteria block by block."""

    def take(self, block: Block) -> Iterator[BoundCriterion | None]:
        """Take the next block; yield the criteria that it shows broken, None for the built-in one."""


class ErrorRateTest:
    """Tests a limit on the error rate by betting against it."""

    def __init__(self, design: StageDesign, bound: BoundCriterion) -> None:
        self._criterion = bound
        self._bets = Bets(bound.limit)
        self._enough = math.log(1 / design.budget.early)

    def take(self, block: Block) -> Iterator[BoundCriterion | None]:
        """Take the next block."""
        requests = canary_requests(block)
        if requests and self._bets.take(block.canary[Kind.FAILED].total / requests) >= self._enough:
            yield self._criterion


class SlowerTest:
    """Tests, by bets that restart at any time, whether too many requests are slower than a distant limit.

    Of the requests of a block at most 1 - p may be slower than `limit_us` of that block. Failures count as
    never answered.
    """

    def __init__(
        self,
        design: StageDesign,
        bound: BoundCriterion | None,
        kind: Kind,
        p: float,
        limit_us: Callable[[Block], float],
    ) -> None:
        self._criterion, self._kind, self._limit_us = bound, kind, limit_us
        self._bets = Bets(1 - p, restarts=True)
        planned = design.as_planned
        most_blocks = planned.clock.fast.planned_blocks * planned.budget.ends
        self._enough = math.log(max(most_blocks, 1) / planned.budget.early)

    def take(self, block: Block) -> Iterator[BoundCriterion | None]:
        """Take the next block."""
        share = _slow_share(block.canary, self._kind, self._limit_us(block))
        if share is not None and self._bets.take(share) >= self._enough:
            yield self._criterion


class GrossRegressionTest:
    """Tests whether the canary's p95 is far above the baseline's of the same seconds.

    A failure of either counts as never answered: where the baseline's p95 is one, nothing lies above it.
    Short blocks are merged until the baseline's p95 can be estimated.
    """

    def __init__(self, design: StageDesign) -> None:
        factor = 1 + gross_of(design)
        self._gatherer = Gatherer(_enough_of_both)
        self._test = SlowerTest(
            design, None, Kind.RESPONSE, GROSS_QUANTILE, lambda block: factor * _p95_us(block.baseline)
        )

    def take(self, block: Block) -> Iterator[BoundCriterion | None]:
        """Take the next block."""
        if enough := self._gatherer.take(block):
            yield from self._test.take(enough)


class LatencyTest:
    """Tests latencies of the canary, or of both variants in blocks with enough requests to compare them."""

    def __init__(
        self, design: StageDesign, kind: Kind, bounds: Sequence[BoundCriterion], *, of_both: bool
    ) -> None:
        self._kind, self._criteria = kind, bounds
        self._gatherer = Gatherer(canary_requests) if of_both else None
        variants = tuple(Variant) if of_both else (Variant.CANARY,)
        self._growing = {variant: GrowingLatencies() for variant in variants}
        self._doubling, self._held = Doubling(), list[Block]()
        self._risk = design.budget.early
        self._best_at = design.as_planned.clock.planned_blocks / 2

    def take(self, block: Block) -> Iterator[BoundCriterion | None]:
        """Take the next block; one whose clock was not read for every response is left out."""
        if not all(is_of_every_response(block.variants[variant], self._kind) for variant in self._growing):
            return
        enough = self._gatherer.take(block) if self._gatherer else block
        if enough is None:
            return
        self._held.append(enough)
        if len(self._held) == self._doubling.blocks_each:
            self._add(Block.merge(self._held))
            self._held.clear()
            yield from self._look()

    def _add(self, piece: Block) -> None:
        for variant, growing in self._growing.items():
            growing.add(piece.variants[variant][self._kind], piece.variants[variant][Kind.FAILED])
        if self._doubling.add():
            self._growing = {variant: growing.in_pairs() for variant, growing in self._growing.items()}

    def _look(self) -> Iterator[BoundCriterion]:
        blocks = self._doubling.blocks
        if blocks < BURN_IN:
            return
        known = {variant: growing.latencies for variant, growing in self._growing.items()}
        boundary = normal_mixture_boundary(blocks, self._risk, self._best_at)
        for bound in self._criteria:
            mean, limit = _statistic(bound, known)
            if mean is not None and mean.z_above(limit) > boundary:
                yield bound


def _statistic(bound: BoundCriterion, known: Mapping[Variant, Latencies]) -> tuple[Mean | None, float]:
    """Return what is held against what: ln of a level, a difference, or ln of a ratio."""
    limit, canary = bound.limit, known[Variant.CANARY]
    if not bound.criterion.is_relative:
        effect = bound.statistic(canary)
        return (effect.log_mean if effect else None), math.log(limit)
    in_ratio = isinstance(bound.criterion.limit, Ratio) and limit > -1
    mean = bound.comparison(known[Variant.BASELINE], canary, bound.statistic)
    return mean, math.log1p(limit) if in_ratio else limit


def gross_of(design: StageDesign) -> float:
    """Return how much above the baseline counts as gross: at least 2.5 times what the plan tolerates."""
    return max(GROSS, 2.5 * design.plan.judge.tolerance)


def _enough_of_both(block: Block) -> float:
    return min(block.baseline[Kind.RESPONSE].total, canary_requests(block) * 10)


def _slow_share(canary: ByKind, kind: Kind, limit_us: float) -> float | None:
    failed = canary[Kind.FAILED].total
    n = canary[kind].total + failed
    if not n or not is_of_every_response(canary, kind):
        return None
    return (canary[kind].count_above(limit_us) + failed) / n if math.isfinite(limit_us) else 0.0


def _p95_us(baseline: ByKind) -> float:
    return quantile_us(baseline, Kind.RESPONSE, GROSS_QUANTILE) if request_count(baseline) else math.inf
