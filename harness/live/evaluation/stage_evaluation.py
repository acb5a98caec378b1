"""One stage under load, evaluated as it grows: each window is read and aggregated once."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.judge.criteria.early import lasting_facts
from harness.judge.sequential.aggregate import GeneratorUsage, StageAggregate
from harness.judge.triggers.fired import FiredTrigger, TriggerProgress, first_fired, trigger_progress
from harness.judge.validity.responses.common_failure import hopeless
from harness.judge.verdict import EarlyFail
from harness.judge.view import StageView
from harness.judge.windows.design import StageDesign
from harness.judge.windows.moment import Moment
from harness.live.evaluation.levels import LevelStatus, levels_now
from harness.record.events.event import Event
from harness.record.events.stage import LoadTestErrors, StageStarted
from harness.record.events.stage_parts import StageParts
from harness.record.evidence import Interval, StageEvidence
from harness.record.follow import GrowingLog
from harness.record.probes import Probe


@dataclass(frozen=True)
class StageState:
    """A stage right now; `fails` say why it cannot pass any more, in the order in which that was found."""

    fired: FiredTrigger | None
    fails: Sequence[EarlyFail]
    levels: Sequence[LevelStatus]
    triggers: tuple[TriggerProgress, ...]


class StageEvaluation:
    """Evaluates a stage so far.

    The last `keep_s` seconds are enough for triggers, facts and levels; a whole day would take long to look
    at. What the judge would find needs all probes and events, which are kept if `keeps_all`.
    """

    def __init__(
        self, design: StageDesign, path: Path, started: StageStarted, *, keep_s: float, keeps_all: bool
    ) -> None:
        self.stage = stage = design.stage
        self._design = design
        self._index = [each.name for each in design.plan.stages].index(stage.name)
        self._started_s = started.t_s
        self._log = GrowingLog(path, self._started_s)
        self._usage = GeneratorUsage(stage.name, self._started_s)
        # An extension goes on where the stage stopped, and a longer design changes nothing before that.
        self._aggregate = StageAggregate(design.longest)
        self._recent: deque[Interval] = deque(maxlen=max(1, math.ceil(keep_s / stage.interval_s)))
        self._keeps_all = keeps_all
        self._events: list[Event] = [started]
        self._parts = StageParts.begun(started.t_s)
        self._mistakes: LoadTestErrors | None = None
        self._probes: list[Probe] = []

    @property
    def has_windows(self) -> bool:
        """Whether a window was taken."""
        return bool(self._recent)

    @property
    def now_s(self) -> float:
        """Where the latest window ends, in seconds of the run."""
        return self._parts.run_time_s(self._aggregate.ends_s)

    @property
    def view(self) -> StageView:
        """Everything recorded of the stage so far, for the judge."""
        return self._view(tuple(self._probes), tuple(self._events))

    def hear(self, event: Event) -> None:
        """Take an event of the stage."""
        self._parts = self._parts.after(event)
        if isinstance(event, LoadTestErrors):
            known = 0 if self._mistakes is None else self._mistakes.count
            self._mistakes = replace(event, count=known + event.count)
        if self._keeps_all:
            self._events.append(event)

    def read(self) -> list[Interval]:
        """Read the windows that were completed since the last call."""
        return self._log.new()

    def take(self, intervals: Sequence[Interval], probes: Sequence[Probe]) -> None:
        """Take new windows, and the new probes.

        Probes must be read after the windows, so that they include the generator's figures of each one.
        """
        self._usage.add(probes)
        for interval in intervals:
            self._aggregate.take(interval, self._usage.until(interval.start_s + interval.length_s))
        self._recent.extend(intervals)
        if self._keeps_all:
            self._probes += self._of_stage(probes)

    def state(self, probes: Sequence[Probe]) -> StageState:
        """Evaluate the last seconds; `probes` are those of about that time."""
        of_stage = self._of_stage(probes)
        mistakes = () if self._mistakes is None else (self._mistakes,)
        view, moments = self._view(of_stage, mistakes), self._latest_moments()
        sure = self._aggregate.watch.early_fail
        fails = [*lasting_facts(view), *((sure,) if sure else ()), *hopeless(view)]
        return StageState(
            first_fired(view, moments),
            sorted(fails, key=lambda fail: fail.at_s),
            levels_now(view, tuple(self._recent)),
            trigger_progress(view, moments),
        )

    def _latest_moments(self) -> Sequence[Moment]:
        return self._aggregate.moments[-len(self._recent) :] if self._recent else ()

    def _view(self, probes: tuple[Probe, ...], events: tuple[Event, ...]) -> StageView:
        evidence = StageEvidence(
            self.stage,
            self._index,
            self._started_s,
            events=events,
            probes=probes,
            source=self._design.source,
            parts=self._parts,
        )
        return StageView(self._design.plan, evidence, self._aggregate)

    def _of_stage(self, probes: Sequence[Probe]) -> tuple[Probe, ...]:
        return tuple(self._parts.probes(self.stage.name, probes))
