"""One stage's evidence, cut into blocks and counted as the criteria need it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

from harness.judge.sequential.aggregate import StageAggregate, aggregate_of
from harness.judge.windows.blocks import StageBlocks
from harness.judge.windows.budget import Budget
from harness.judge.windows.clock import StageClock
from harness.judge.windows.design import StageDesign
from harness.plan.model import Plan, Stage
from harness.plan.variant import Variant
from harness.record.events.event import Event
from harness.record.evidence import StageEvidence
from harness.record.probes import HealthProbe, MetricsProbe, Probe

LATE = "The generator was late, so the delay may be its own."

OneEvent = TypeVar("OneEvent", bound=Event)
OneProbe = TypeVar("OneProbe", bound=Probe)
VariantProbe = TypeVar("VariantProbe", HealthProbe, MetricsProbe)


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
        return self._blocks(None)

    def blocks_of(self, endpoint: str | None, last_s: float | None) -> StageBlocks:
        """Return the requests of one endpoint or all, of the last seconds or the whole stage, in blocks."""
        if last_s is not None:
            latest = tuple(self.aggregate.latest[endpoint])
            return StageBlocks(self.clock, latest[-self.design.blocks_in(last_s) :])
        return self.blocks if endpoint is None else self._blocks(endpoint)

    def _blocks(self, endpoint: str | None) -> StageBlocks:
        return StageBlocks(self.clock, self.aggregate.blocks[endpoint].all)

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

    def probes(self, kind: type[OneProbe]) -> Sequence[OneProbe]:
        """Return the probes of a kind, in order of time."""
        return cast("Sequence[OneProbe]", self._probes.get(kind, ()))

    def of_canary(self, kind: type[VariantProbe]) -> Sequence[VariantProbe]:
        """Return the canary's own probes of a kind, in order of time."""
        return [probe for probe in self.probes(kind) if probe.variant == Variant.CANARY]

    def probes_between(self, kind: type[OneProbe], start_s: float, end_s: float) -> Sequence[OneProbe]:
        """Return the probes of a kind from a stretch of the stage's time, in seconds since its start."""
        probes = self.probes(kind)
        zero_s = self.evidence.started_s or 0.0
        first, end = (
            bisect_left(probes, at_s, key=lambda probe: probe.t_s - zero_s) for at_s in (start_s, end_s)
        )
        return probes[first:end]

    @cached_property
    def _probes(self) -> Mapping[type, list[Probe]]:
        """All probes by kind, each in order of time."""
        by_kind: dict[type, list[Probe]] = {}
        for probe in sorted(self.evidence.probes, key=lambda probe: probe.t_s):
            by_kind.setdefault(type(probe), []).append(probe)
        return by_kind

    def events(self, kind: type[OneEvent]) -> Sequence[OneEvent]:
        """Return the events of a kind, as they were written."""
        return [event for event in self.evidence.events if isinstance(event, kind)]
