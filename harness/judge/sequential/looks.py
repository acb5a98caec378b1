"""Looks at a growing stage: whether a criterion can only fail, by the blocks so far and nothing else."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.sequential.so_far import CriterionSoFar, Time
from harness.judge.sequential.timely import is_of_stage, looks_for
from harness.judge.stats.estimate import Estimate
from harness.judge.stats.latency import GrowingLatencies
from harness.judge.windows.block import Block, Gatherer, canary_requests, is_of_every_response
from harness.judge.windows.design import StageDesign
from harness.judge.windows.last_parts import first_of, parts_while_running
from harness.judge.windows.pieces import Doubling, looks_at
from harness.plan.variant import Variant
from harness.record.histograms.tag import Kind


@dataclass(frozen=True)
class Broken:
    """A criterion that a look found broken, and its figures at that moment."""

    bound: BoundCriterion
    at_s: float
    risk: float
    """The p value that had to be reached then."""
    estimate: Estimate
    baseline: float | None
    from_s: float = 0.0
    """Where the figures begin: where a last part of the stage until then did, or with the stage."""


class Looks:
    """Looks for criteria on the requests of one endpoint or all, by one clock."""

    def __init__(self, design: StageDesign, kind: Kind, bounds: Sequence[BoundCriterion]) -> None:
        self._design, self._kind = design, kind
        variants = (Variant.CANARY, design.reference) if design.has_both else (Variant.CANARY,)
        self._growing = {variant: GrowingLatencies() for variant in variants}
        self._gatherer, self._doubling, self._held = Gatherer(canary_requests), Doubling(), list[Block]()
        self._ends_s: list[float] = []
        """When each piece ended."""
        self._clock, clock = design.longest.clock, design.as_planned.clock
        self._stage_s = clock.planned_blocks * clock.block_s
        planned = design.as_planned.budget
        schedules = {bound: looks_for(design, bound) for bound in bounds}
        self._schedules = {bound: schedule for bound, schedule in schedules.items() if schedule}
        self._risks = {bound: planned.looks(schedule) for bound, schedule in self._schedules.items()}
        self._planned = tuple(looks_at(planned.blocks * planned.ends))
        self._of_parts = planned.looks_at_last_parts
        self._taken = self._taken_at_parts = 0
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
        self._ends_s.append(piece.ends_s)
        if self._doubling.add():
            self._growing = {variant: growing.in_pairs() for variant, growing in self._growing.items()}
            self._ends_s = self._ends_s[1::2]

    def _look(self, at_s: float) -> Iterator[Broken]:
        time = self._time(at_s)
        elapsed = int(time.measured_s / self._design.clock.block_s + 1e-6)
        due = bisect_right(self._planned, elapsed)
        # Risk was set aside for the planned looks: no more of them are taken.
        if due == self._taken or time.measured_s < 2 * self._design.disturbance_s - 1e-6:
            return
        self._taken = due
        risk_of_parts = self._risk_of_parts(elapsed)
        known = {variant: growing.latencies for variant, growing in self._growing.items()}
        for bound, schedule in self._schedules.items():
            if self._doubling.blocks >= schedule.first:
                so_far = CriterionSoFar(bound, known[Variant.CANARY], known.get(self._design.reference), time)
                yield from self._found(so_far, self._risks[bound].at(elapsed), risk_of_parts)

    def _time(self, at_s: float) -> Time:
        piece_s = self._design.clock.block_s * self._doubling.blocks_each
        return Time(self._clock.measured_s(at_s), self._stage_s, piece_s, self._design.disturbance_s)

    def _found(self, so_far: CriterionSoFar, risk: float, risk_of_parts: float) -> Iterator[Broken]:
        bound, at_s = so_far.bound, self._ends_s[-1]
        if estimate := so_far.broken(risk):
            yield Broken(bound, at_s, risk, estimate, so_far.of_baseline(0))
        if not risk_of_parts or is_of_stage(self._design, bound):
            return
        for left_out in parts_while_running(so_far.pieces):
            first = first_of(so_far.pieces, left_out)
            if estimate := so_far.broken_since(first, risk_of_parts):
                beside, from_s = so_far.of_baseline(first), self._ends_s[first - 1]
                yield Broken(bound, at_s, risk_of_parts, estimate, beside, from_s)

    def _risk_of_parts(self, elapsed: int) -> float:
        """Return the p value that decides in each last part; 0 if these are not looked at now."""
        due = bisect_right(self._of_parts.looks, elapsed)
        if due == self._taken_at_parts:
            return 0.0
        self._taken_at_parts = due
        return self._of_parts.risks[due - 1]
