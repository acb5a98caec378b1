"""One stage's evidence, cut into blocks and counted as the criteria need it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from harness.judge.sequential.aggregate import StageAggregate, aggregate_of
from harness.judge.stage_probes import StageProbes
from harness.judge.windows.blocks import StageBlocks
from harness.judge.windows.budget import Budget
from harness.judge.windows.clock import StageClock
from harness.judge.windows.design import StageDesign
from harness.plan.model import Plan, Stage
from harness.record.events.event import Event
from harness.record.events.stage import LoadTestErrors
from harness.record.evidence import StageEvidence

LATE = "The generator was late, so the delay may be its own."

OneEvent = TypeVar("OneEvent", bound=Event)


@dataclass(frozen=True)
class StageView:
    """A plan and the evidence of one of its stages; `known` is the aggregate of its windows, if any."""

    plan: Plan
    evidence: StageEvidence
    known: StageAggregate | None = None

    @property
    def stage(self) -> Stage:
        """The stage, with the length it had."""
        return self.evidence.stage

    @cached_property
    def design(self) -> StageDesign:
        """How its time is cut and its risk is shared."""
        return StageDesign(self.plan, self.stage, self.evidence.source)

    @cached_property
    def aggregate(self) -> StageAggregate:
        """The aggregate of its windows."""
        return self.known or aggregate_of(self.design, self.evidence)

    @cached_property
    def late(self) -> bool:
        """Whether the generator was late, so that slowness may be its own."""
        return self.aggregate.lateness.is_late

    @property
    def clock(self) -> StageClock:
        """How the stage's time is cut."""
        return self.design.clock

    @cached_property
    def blocks(self) -> StageBlocks:
        """All requests, in blocks after the warm-up."""
        return StageBlocks(self.clock, self.aggregate.blocks.all)

    def blocks_of(self, endpoint: str | None, last_s: float | None) -> StageBlocks:
        """Return the requests of one endpoint or all, of the last seconds or the whole stage, in blocks."""
        whole = self.blocks
        if last_s is not None:
            latest = tuple(self.aggregate.latest)
            whole = StageBlocks(self.clock, latest[-self.design.blocks_in(last_s) :])
        return whole if endpoint is None else whole.of([endpoint])

    @property
    def has_both(self) -> bool:
        """Whether baseline and canary get requests at the same time."""
        return self.design.has_both

    @property
    def budget(self) -> Budget:
        """How the stage's risk is shared."""
        return self.design.budget

    @property
    def planned_per_s(self) -> float:
        """Planned request starts per second."""
        return self.design.planned_per_s

    @property
    def offered_per_s(self) -> float:
        """Request starts per second that were offered: as planned, or those due of a recorded load.

        Those that an error of the load test may have kept from being sent were not.
        """
        finished = self.evidence.finished
        offered_per_s = self.planned_per_s
        is_recorded = self.evidence.source.sends and self.plan.rate_of(self.stage) is None
        if is_recorded and finished is not None and finished.duration_s:
            offered_per_s = finished.due / finished.duration_s
        measured_s = float(self.blocks.lengths_s.sum())
        return max(offered_per_s - self.mistakes / measured_s, 0.0) if measured_s else offered_per_s

    @cached_property
    def mistakes(self) -> int:
        """Errors of the load test so far: each may have kept an arrival from being sent."""
        return sum(event.count for event in self.events(LoadTestErrors))

    @cached_property
    def probes(self) -> StageProbes:
        """What was asked of the system."""
        evidence, warmup_s = self.evidence, self.plan.warmup_of(self.stage)
        return StageProbes(
            self.plan.probes,
            evidence.probes,
            evidence.started_s,
            self.stage.duration_s,
            warmup_s,
            () if self.design.has_level_rates else tuple(self.clock.not_judged_s()),
            evidence.parts.pauses_s,
        )

    def events(self, kind: type[OneEvent]) -> Sequence[OneEvent]:
        """Return the events of a kind, as they were written."""
        return [event for event in self.evidence.events if isinstance(event, kind)]
