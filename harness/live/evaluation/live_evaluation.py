"""Evaluates a run directory while it grows, one look after another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.judge.notices import EarlyFailNotice, LevelNotice, Notice, TriggerNotice
from harness.judge.stage_probes import patience_s
from harness.judge.view import StageView
from harness.judge.windows.design import StageDesign
from harness.live.evaluation.levels import LevelStatus, levels_now
from harness.live.evaluation.messages import Message, StageStatus
from harness.live.evaluation.outage import outage_trigger
from harness.live.evaluation.probe_log import ProbeLog
from harness.live.evaluation.stage_evaluation import StageEvaluation
from harness.live.evaluation.waiting import WaitingEvaluation
from harness.plan.levels import Level
from harness.plan.model import Plan
from harness.record.events.approval import ApprovalExpired, ApprovalRequested, Decided, Decision
from harness.record.events.event import EVENTS, Event
from harness.record.events.stage import StageExtended, StageFinished, StageStarted
from harness.record.evidence import StageEvidence
from harness.record.follow import growing_journal
from harness.record.probes import PROBES, GeneratorProbe, Probe
from harness.record.run_directory import RunDirectory

_MIN_INTERVALS = 20


class LiveEvaluation:
    """Finds what is new since the last look, and says each thing once.

    News are triggers that fired, criteria that can only fail, and changes of a level or of a stage's status.
    `with_findings` also keeps what the judge needs for the findings so far.
    """

    def __init__(self, run: RunDirectory, *, with_findings: bool = False) -> None:
        self._run = run
        self._plan = run.plan
        self._with_findings = with_findings
        self._keep_s = _seen_by_triggers_s(self._plan)
        self._events = growing_journal(run.path / "events.jsonl", EVENTS)
        self._new_probes = growing_journal(run.path / "probes.jsonl", PROBES)
        self._probes = ProbeLog(self._keep_s)
        self._told: set[tuple[type[Notice], str | None, str]] = set()
        self._levels: dict[str, Level] = {}
        self._status: StageStatus | None = None
        self._cpu: float | None = None
        self._ended: StageEvaluation | None = None
        self._waiting: WaitingEvaluation | None = None
        self.stage: StageEvaluation | None = None
        """The stage under load."""

    def look(self) -> list[Message]:
        """Return what is new since the last look."""
        for event in self._events.new():
            self._hear(event)
        intervals = self.stage.read() if self.stage else []
        has_waited = self._waiting is not None and self._waiting.read()
        probes = self._new_probes.new()
        self._probes.add(probes)
        if self.stage is not None:
            self.stage.take(intervals, probes)
        if not (intervals or has_waited or probes):
            return []
        self._cpu = _generator_cpu(probes, self._cpu)
        return list(self._in_stage(self.stage) if self.stage else self._between_stages())

    def _hear(self, event: Event) -> None:
        """Follow which stage is under load, and which waits for a person."""
        if isinstance(event, StageStarted | StageExtended | Decided | ApprovalExpired):
            is_on_hold = isinstance(event, Decided) and event.decision is Decision.HOLD
            self._waiting = self._waiting if is_on_hold else None
        match event:
            case ApprovalRequested():
                self._waiting = self._asked(event)
            case StageStarted():
                self._probes.begin_stage()
                self.stage = self._begun(event)
            case StageFinished() if self.stage is not None:
                self.stage.hear(event)
                self._ended, self.stage = self.stage, None
            case StageExtended() if self.stage is None and self._ended is not None:
                # A person has extended a stage that had ended.
                self.stage = self._ended
                self.stage.hear(event)
            case _ if self.stage is not None:
                self.stage.hear(event)

    def _begun(self, started: StageStarted) -> StageEvaluation:
        stage = self._plan.stage_named(started.stage)
        path = self._run.stage_hlog_path(started.index, stage.name)
        return StageEvaluation(
            StageDesign(self._plan, stage, self._run.source),
            path,
            started,
            keep_s=self._keep_s,
            keeps_all=self._with_findings,
        )

    def _asked(self, asked: ApprovalRequested) -> WaitingEvaluation:
        stage = self._plan.stage_named(asked.stage)
        index = self._plan.stages.index(stage)
        path = self._run.waiting_hlog_path(index, stage.name, asked.request)
        design = StageDesign(self._plan, stage, self._run.source)
        return WaitingEvaluation(design, index, path, asked.t_s, self._keep_s)

    def _in_stage(self, evaluation: StageEvaluation) -> Iterator[Message]:
        name, state = evaluation.stage.name, evaluation.state(self._probes.kept)
        if state.fired is not None:
            yield from self._once(
                state.fired.trigger, TriggerNotice(name, state.fired.trigger, state.fired.reason)
            )
        for fail in state.fails:
            yield from self._once(fail.id, EarlyFailNotice(name, fail.criterion, fail.at_s, fail.reason))
        yield from self._changed(name, state.levels)
        yield from self._told_status(StageStatus(name, state.triggers, self._cpu))

    def _between_stages(self) -> Iterator[Message]:
        probes = self._probes.kept
        if trigger := outage_trigger(self._plan, probes):
            reason = "Every health check of the canary failed for that long."
            yield from self._once(trigger, TriggerNotice(None, trigger, reason))
        if self._waiting is not None:
            yield from self._in_wait(self._waiting, probes)
        view = StageView(self._plan, StageEvidence(self._plan.stages[0], 0, probes=tuple(probes)))
        yield from self._changed(None, levels_now(view, ()))

    def _in_wait(self, waiting: WaitingEvaluation, probes: Sequence[Probe]) -> Iterator[Message]:
        if (fired := waiting.fired(probes)) is not None:
            yield from self._once(fired.trigger, TriggerNotice(waiting.stage, fired.trigger, fired.reason))
        yield from self._told_status(StageStatus(waiting.stage, waiting.progress(probes), self._cpu))

    def _told_status(self, status: StageStatus) -> Iterator[Message]:
        if status != self._status:
            self._status = status
            yield status

    def _once(self, what: str, notice: TriggerNotice | EarlyFailNotice) -> Iterator[Notice]:
        key = (type(notice), notice.stage, what)
        if key not in self._told:
            self._told.add(key)
            yield notice

    def _changed(self, stage: str | None, levels: Iterable[LevelStatus]) -> Iterator[Notice]:
        for status in levels:
            before = self._levels.get(status.measure, Level.OK)
            self._levels[status.measure] = status.level
            if status.level is not before:
                yield LevelNotice(stage, status.measure, status.level, status.value, status.limit)


def _generator_cpu(probes: Iterable[Probe], before: float | None) -> float | None:
    """Return the generator's latest share of one core."""
    known = [probe.cpu for probe in probes if isinstance(probe, GeneratorProbe)]
    return known[-1] if known else before


def _seen_by_triggers_s(plan: Plan) -> float:
    """Return how far back triggers look, and a little more."""
    triggers = (*plan.rollback, *(trigger for stage in plan.stages for trigger in stage.rollback))
    longest_s = max(stage.interval_s for stage in plan.stages)
    windows_s = [trigger.for_s or 0.0 for trigger in triggers]
    # A window of what is probed is complete with the next probe.
    looked_at_s = max(windows_s, default=0.0) + patience_s(plan.probes) + 2 * longest_s
    return max(looked_at_s, _MIN_INTERVALS * longest_s)
