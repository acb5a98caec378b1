"""One stage's evidence, cut and counted the way every criterion needs it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from harness.judge.sequential.aggregate import StageAggregate, aggregate_of
from harness.judge.windows.blocks import StageBlocks
from harness.judge.windows.budget import Budget
from harness.judge.windows.clock import StageClock
from harness.judge.windows.design import StageDesign
from harness.plan.model import Plan, Stage
from harness.record.evidence import StageEvidence

LATE = "The generator was late, so this may be its own doing."

Probe = Mapping[str, Any]


@dataclass(frozen=True)
class StageView:
    """A plan and the evidence of one of its stages; `known` is what its windows come to, if that is known."""

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
        """What its windows come to."""
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

    def probes(self, kind: str, **wanted: str) -> tuple[Probe, ...]:
        """Return the probe records of a kind, in order of time, whose fields are as wanted."""
        return tuple(record for record in self._probes.get(kind, ()) if _is(record, wanted))

    def probes_between(self, kind: str, start_s: float, end_s: float, **wanted: str) -> tuple[Probe, ...]:
        """Return the records of a kind from a stretch of the stage's time."""
        records = self._probes.get(kind, [])
        zero_s = self.evidence.started_s or 0.0
        first, end = (
            bisect_left(records, at_s, key=lambda record: _at(record) - zero_s) for at_s in (start_s, end_s)
        )
        return tuple(record for record in records[first:end] if _is(record, wanted))

    @cached_property
    def _probes(self) -> Mapping[str, list[Probe]]:
        """All records by kind, each in order of time."""
        by_kind: dict[str, list[Probe]] = {}
        for record in sorted(self.evidence.probes, key=_at):
            by_kind.setdefault(record["kind"], []).append(record)
        return by_kind

    def events(self, name: str) -> tuple[Mapping[str, Any], ...]:
        """Return the events of a name."""
        return tuple(record for record in self.evidence.events if record["event"] == name)


def _at(record: Probe) -> float:
    return float(record["t_s"])


def _is(record: Probe, wanted: Mapping[str, str]) -> bool:
    return all(record.get(key) == value for key, value in wanted.items())
