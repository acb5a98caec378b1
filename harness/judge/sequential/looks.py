"""Looks at a growing stage: whether a criterion can only fail, by the blocks so far and nothing else.

A look may accuse only the canary, and only of what lasted. So where a baseline runs beside it, the canary
must be worse than it over the same time; and the evidence must remain whatever stretch of twice the
disturbance is left out.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.comparisons.comparison import Comparison
from harness.judge.sequential.timely import looks_for
from harness.judge.stats.bounds import Risks
from harness.judge.stats.disturbance import lasts
from harness.judge.stats.estimate import Estimate
from harness.judge.stats.latency import (
    GrowingLatencies,
    Latencies,
    Pair,
    observed_mean_s,
    observed_quantile_s,
)
from harness.judge.stats.limit_test import Care, is_surely
from harness.judge.stats.noise import Floats
from harness.judge.stats.shares import ShareTest
from harness.judge.windows.block import Block, Gatherer, canary_requests, is_of_every_response
from harness.judge.windows.budget import WRONG_PASS
from harness.judge.windows.design import StageDesign
from harness.judge.windows.pieces import Doubling, looks_at
from harness.plan.criteria.measure import MeasureKind
from harness.plan.variant import Variant
from harness.record.histograms.tag import Kind

WORSE = 0.01
"""How improbable the canary's excess over the baseline must be where both are alike."""
MUCH = 1.25
"""Times what the promise grants, of slow or failed requests, before an absolute promise may fail early."""
TOO_MUCH = 2.5
"""Times what it grants for the whole stage, from where on nothing later can make up for it."""
HORIZON_S = 840.0
"""The promise of a longer stage with a baseline beside the canary is held to so many seconds of it."""


@dataclass(frozen=True)
class Broken:
    """A criterion that a look found broken, and its figures at that moment."""

    bound: BoundCriterion
    at_s: float
    risk: float
    """The p value that had to be reached then."""
    estimate: Estimate
    baseline: float | None


@dataclass(frozen=True)
class _Time:
    """How much was measured until now, of how much in the whole stage, in how many pieces of which length."""

    measured_s: float
    stage_s: float
    blocks: int
    piece_s: float

    def pieces_in(self, duration_s: float) -> int:
        """Return how many pieces cover a duration."""
        return max(1, math.ceil(duration_s / self.piece_s - 1e-6))


class Looks:
    """Looks for criteria on the requests of one endpoint or all, by one clock."""

    def __init__(self, design: StageDesign, kind: Kind, bounds: Sequence[BoundCriterion]) -> None:
        self._design, self._kind = design, kind
        variants = (Variant.CANARY, design.reference) if design.has_both else (Variant.CANARY,)
        self._growing = {variant: GrowingLatencies() for variant in variants}
        self._gatherer, self._doubling, self._held = Gatherer(canary_requests), Doubling(), list[Block]()
        self._clock, clock = design.longest.clock, design.as_planned.clock
        self._stage_s = clock.planned_blocks * clock.block_s
        planned = design.as_planned.budget
        schedules = {bound: looks_for(design, bound) for bound in bounds}
        self._schedules = {bound: schedule for bound, schedule in schedules.items() if schedule}
        self._risks = {bound: planned.looks(schedule) for bound, schedule in self._schedules.items()}
        self._planned = tuple(looks_at(planned.blocks * planned.ends))
        self._taken = 0
        """How many of the planned looks are over."""

    def take(self, block: Block) -> Iterator[Broken]:
        """Take the next block; one whose clock was not read for every response is left out."""
        if not all(is_of_every_response(block.variants[variant], self._kind) for variant in self._growing):
            return
        enough = self._gatherer.take(block)
        if enough is None:
            return
        self._held.append(enough)
        if len(self._held) == self._doubling.blocks_each:
            self._add(Block.merge(self._held))
            self._held.clear()
            yield from self._look(block.ends_s)

    def _add(self, piece: Block) -> None:
        for variant, growing in self._growing.items():
            growing.add(piece.variants[variant][self._kind], piece.variants[variant][Kind.FAILED])
        if self._doubling.add():
            self._growing = {variant: growing.in_pairs() for variant, growing in self._growing.items()}

    def _look(self, at_s: float) -> Iterator[Broken]:
        time = self._time(at_s)
        elapsed = int(time.measured_s / self._design.clock.block_s + 1e-6)
        due = bisect_right(self._planned, elapsed)
        # Risk was set aside for the planned looks: no more of them are taken.
        if due == self._taken or time.measured_s < 2 * self._design.disturbance_s - 1e-6:
            return
        self._taken = due
        known = {variant: growing.latencies for variant, growing in self._growing.items()}
        for bound, schedule in self._schedules.items():
            risk = self._risks[bound].at(elapsed)
            if time.blocks >= schedule.first and (estimate := self._broken(bound, known, time, risk)):
                beside = _value(bound, known.get(self._design.reference))
                yield Broken(bound, at_s, risk, estimate, beside)

    def _time(self, at_s: float) -> _Time:
        piece_s = self._design.clock.block_s * self._doubling.blocks_each
        return _Time(self._clock.measured_s(at_s), self._stage_s, self._doubling.blocks, piece_s)

    def _broken(
        self, bound: BoundCriterion, known: Mapping[Variant, Latencies], time: _Time, risk: float
    ) -> Estimate | None:
        canary, baseline = known[Variant.CANARY], known.get(self._design.reference)
        if bound.criterion.is_relative:
            change = bound.change([Pair(canary, baseline)]) if baseline else None
            return self._surely(change, time, risk) if change else None
        compared = bound.against_limit(canary)
        beside = bound.against_limit(baseline) if baseline else None
        if compared is None:
            return None
        if isinstance(compared.test, ShareTest):
            if self._is_lost(compared.test, beside, time):
                return _beyond(bound, compared)
            horizon_s = min(time.stage_s, HORIZON_S) if beside else time.stage_s
            if compared.test.share.hits.sum() < MUCH * _granted(compared.test, horizon_s, time):
                return None
        worse = bound.excess([Pair(canary, baseline)]) if baseline else None
        if worse and not is_surely(worse, WORSE, Care.END, above=True):
            return None
        return self._surely(compared, time, risk)

    def _surely(self, compared: Comparison, time: _Time, risk: float) -> Estimate | None:
        if not is_surely(compared.test, risk, Care.LOOK, above=True):
            return None
        pieces = min(time.pieces_in(2 * self._design.disturbance_s), len(compared.test) // 2)
        if not lasts(compared.test, pieces, above=True):
            return None
        return compared.within(Risks(risk, WRONG_PASS))

    def _is_lost(self, test: ShareTest, beside: Comparison | None, time: _Time) -> bool:
        """Whether nothing later can make up for what happened, even without its worst stretch.

        That is no test: the stage's own figure is beyond the limit. The baseline must have been far better.
        """
        count = time.pieces_in(self._design.disturbance_s)
        first = _worst_stretch(test.share.hits, count)
        hits = float(test.without(first, count).share.hits.sum())
        if hits < TOO_MUCH * _granted(test, time.stage_s, time):
            return False
        if beside is None or not isinstance(beside.test, ShareTest):
            return True
        others = beside.test.without(first, count).share
        return float(others.hits.sum()) * test.share.n < hits / 2 * beside.test.share.n


def _granted(test: ShareTest, duration_s: float, time: _Time) -> float:
    """Return how many slow or failed requests the promise grants to so much of the stage."""
    return test.limit * test.share.n / time.measured_s * duration_s


def _worst_stretch(hits: Floats, count: int) -> int:
    """Find the first of `count` blocks on end that have the most hits."""
    sums = np.convolve(hits, np.ones(min(count, len(hits))), mode="valid")
    return int(sums.argmax())


def _beyond(bound: BoundCriterion, compared: Comparison) -> Estimate:
    """Estimate a number whose figure of the whole stage is beyond the limit, whatever comes."""
    estimate = compared.within(Risks(WRONG_PASS, WRONG_PASS))
    return replace(estimate, lower=max(estimate.lower, math.nextafter(bound.limit, math.inf)))


def _value(bound: BoundCriterion, baseline: Latencies | None) -> float | None:
    """Return a variant's own value at that moment, in base units."""
    if baseline is None:
        return None
    match bound.measure.kind:
        case MeasureKind.ERROR_RATE:
            n = float(baseline.requests.sum())
            return float(baseline.failed.totals.sum()) / n if n else None
        case MeasureKind.MEAN:
            return observed_mean_s(baseline)
        case _:
            return observed_quantile_s(baseline, bound.quantile)
