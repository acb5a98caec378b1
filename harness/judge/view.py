"""One stage's evidence, cut and counted the way every criterion needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness.judge.blocks import Clock, StageBlocks, stage_blocks
from harness.judge.budget import MOST_ENDS, Budget
from harness.plan.criterion import AnyCriterion, Criterion, Named, NamedCriterion
from harness.plan.model import Plan, Stage
from harness.plan.variant import Variant
from harness.record.evidence import StageEvidence

LATE = "The generator was late, so this may be its own doing."

PARTS_OF_NO_DEGRADATION = 4
"""`no performance degradation` is four comparisons: p50, p95, p99 and error rate."""


@dataclass(frozen=True)
class StageView:
    """A plan and the evidence of one of its stages."""

    plan: Plan
    evidence: StageEvidence
    late: bool = False
    """Whether the generator was late, so that slowness may be its own."""

    @property
    def stage(self) -> Stage:
        """The stage as planned."""
        return self.evidence.stage

    @cached_property
    def clock(self) -> Clock:
        """How the stage's time is cut."""
        stage = self.stage
        return Clock.of(
            stage.interval_s, self.plan.warmup_of(stage), self.plan.block_of(stage), stage.duration_s
        )

    @cached_property
    def blocks(self) -> StageBlocks:
        """All requests, in blocks after the warm-up."""
        return stage_blocks(self.evidence.intervals, self.clock)

    def blocks_of(self, endpoint: str | None, last_s: float | None) -> StageBlocks:
        """Return the requests of one endpoint or all, of the last seconds or the whole stage, in blocks."""
        blocks = (
            self.blocks if endpoint is None else stage_blocks(self.evidence.intervals, self.clock, endpoint)
        )
        return blocks if last_s is None else blocks.last(last_s)

    @cached_property
    def fast(self) -> StageBlocks:
        """All requests, in the short blocks that watch for sudden changes."""
        return self.blocks if self.clock.fast == self.clock else self.fast_of(None)

    def fast_of(self, endpoint: str | None) -> StageBlocks:
        """Return the requests of one endpoint or all in short blocks."""
        return stage_blocks(self.evidence.intervals, self.clock.fast, endpoint)

    @property
    def has_both(self) -> bool:
        """Whether baseline and canary get requests at the same time."""
        return 0 < self.stage.weight < 1

    @cached_property
    def budget(self) -> Budget:
        """How the stage's risk is shared."""
        stage = self.stage
        criteria = [*stage.criteria, *(each for some in stage.endpoints.values() for each in some)]
        critical = [levels.critical for levels in self.plan.levels.values() if levels.critical]
        risky = sum(_risky(criterion) for criterion in [*criteria, *critical])
        may_end = MOST_ENDS if stage.on_inconclusive == "extend" else 1
        return Budget(self.plan.judge.alpha, risky, max(may_end, min(self.parts, MOST_ENDS)))

    @property
    def parts(self) -> int:
        """How many times its planned length the stage lasted."""
        planned_s = [each.duration_s for each in self.plan.stages if each.name == self.stage.name]
        return max(1, round(self.stage.duration_s / planned_s[0])) if planned_s else 1

    @property
    def planned_per_s(self) -> float:
        """Planned request starts per second."""
        return self.plan.rate_of(self.stage)

    def probes(self, kind: str, **wanted: str) -> tuple[Mapping[str, Any], ...]:
        """Return the probe records of a kind, in order of time, whose fields are as wanted."""
        found = [
            record
            for record in self.evidence.probes
            if record["kind"] == kind and all(record.get(key) == value for key, value in wanted.items())
        ]
        return tuple(sorted(found, key=lambda record: float(record["t_s"])))

    def probes_between(
        self, kind: str, variant: Variant, start_s: float, end_s: float
    ) -> tuple[Mapping[str, Any], ...]:
        """Return a variant's probe records of a kind from a stretch of the stage's time."""
        zero_s = self.evidence.started_s or 0.0
        return tuple(
            record
            for record in self.probes(kind, variant=str(variant))
            if start_s <= float(record["t_s"]) - zero_s < end_s
        )

    def events(self, name: str) -> tuple[Mapping[str, Any], ...]:
        """Return the events of a name."""
        return tuple(record for record in self.evidence.events if record["event"] == name)


def _risky(criterion: AnyCriterion) -> int:
    """How many of a criterion's comparisons could fail a good canary by chance."""
    match criterion:
        case NamedCriterion(name=Named.NO_PERFORMANCE_DEGRADATION):
            return PARTS_OF_NO_DEGRADATION
        case Criterion(measure=measure):
            return int(measure.is_of_requests)
        case _:
            return 0
