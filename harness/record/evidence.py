"""What the judge and the report are given: values only; `load_evidence` reads them from a run directory."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from harness.plan.loader import PlanError, parse_plan
from harness.plan.model import Plan, Stage
from harness.record.events.event import Event
from harness.record.events.stage import StageExtended, StageFinished, StageStarted
from harness.record.events.stage_parts import StageParts
from harness.record.evidence_source import EvidenceSource
from harness.record.histograms.hlog import base_time_epoch_s, read_hlog
from harness.record.histograms.intervals import Interval, IntervalLog, ReadLog
from harness.record.probes import Probe
from harness.record.run_directory import RunDirectory, RunError
from harness.record.vocabulary import Record

__all__ = ["Evidence", "Interval", "StageEvidence", "load_evidence"]


@dataclass(frozen=True)
class StageEvidence:
    """Everything recorded about one planned stage.

    `index` is the stage's place in the plan, from 0; `started_s` is None when it never started; `finished` is
    its stage_finished event. Events and probes are those that name the stage, or name none and fell
    into its time; what the probes say of an extension has times as if it had followed at once, as the
    windows have. `problems` say what could not be read apart from the windows.
    """

    stage: Stage
    index: int
    started_s: float | None = None
    finished: StageFinished | None = None
    intervals: Sequence[Interval] | IntervalLog = ()
    """Its windows in order of time; a log is read from disk each time they are gone through."""
    events: tuple[Event, ...] = ()
    probes: tuple[Probe, ...] = ()
    problems: tuple[str, ...] = ()
    source: EvidenceSource = EvidenceSource.LOAD
    """What produced its windows."""
    ran: Plan | None = None
    """The plan the run was made with, where it is judged by another."""
    clock_off_s: float | None = None
    """How far the wall clock at t = 0 of its log is off that of run.json; None where neither was read."""
    parts: StageParts = field(default_factory=StageParts)
    """When it ran: it may have been extended, after it had waited for a person."""

    @property
    def unread(self) -> tuple[str, ...]:
        """What could not be read; problems of a log are known only after its windows were read."""
        of_log = self.intervals.problems() if isinstance(self.intervals, IntervalLog) else ()
        return (*of_log, *self.problems)


@dataclass(frozen=True)
class Evidence:
    """Everything recorded about a run; `problems` are those of no particular stage."""

    plan: Plan
    """The plan it is judged by."""
    stages: tuple[StageEvidence, ...]
    events: tuple[Event, ...] = ()
    problems: tuple[str, ...] = ()
    ran: Plan | None = None
    """The plan the run was made with, where it is judged by another."""
    given: Plan | None = None
    """What plan.yaml says, read with the run's stages and time scale; None where it was not read."""


def load_evidence(
    run: RunDirectory, plan: Plan | None = None, stage: str | None = None, read: ReadLog = read_hlog
) -> Evidence:
    """Read what a run recorded, for all stages or one, by the run's own plan or another one.

    Windows stay on disk until they are gone through, by `read`: a day of them would not fit into memory.
    Whatever cannot be read becomes a problem, and the rest is used. RunError when the plan cannot be read or
    has no such stage, or the run came from a source that this version does not know.
    """
    ran = None if plan in (None, run.plan) else run.plan
    plan = run.plan if plan is None else plan
    names = [planned.name for planned in plan.stages]
    if stage is not None and stage not in names:
        raise RunError(f"the plan has no stage {stage!r}; its stages are {', '.join(names)}")
    events, probes = run.events(), run.probes()
    stages = tuple(
        replace(_stage_evidence(run, index, planned, events.records, probes.records, read), ran=ran)
        for index, planned in enumerate(plan.stages)
        if stage in (None, planned.name)
    )
    given, unread = _given(run) if stage is None else (None, ())
    problems = (*events.problems, *probes.problems, *unread, *_unplanned(events.records, names))
    return Evidence(plan, stages, events.records, problems, ran, given)


def _given(run: RunDirectory) -> tuple[Plan | None, tuple[str, ...]]:
    """Read plan.yaml the way the run did, or say why it cannot be read."""
    try:
        text = run.read_plan_text()
        return parse_plan(text, "plan.yaml", run.selected, run.time_scale, run.overrides), ()
    except RunError as error:
        return None, (str(error),)
    except PlanError as error:
        return None, (str(error.problems[0]),)


def _stage_evidence(
    run: RunDirectory,
    index: int,
    stage: Stage,
    events: Sequence[Event],
    probes: Sequence[Probe],
    read: ReadLog,
) -> StageEvidence:
    starts = [event for event in events if isinstance(event, StageStarted) and event.stage == stage.name]
    ends = _ends(stage.name, events)
    started_s = starts[0].t_s if starts else None
    intervals, unannounced = _intervals(run, index, stage.name, starts, read)
    until_s = _end_s(started_s, ends, events)
    of_stage = tuple(record for record in events if _belongs(record, stage.name, started_s, until_s))
    parts = StageParts.of(event for event in of_stage if event.stage == stage.name)
    clock_off_s, unclocked = _clock_off_s(run, starts, stage.name)
    return StageEvidence(
        as_measured(stage, ends[0]) if ends else stage,
        index,
        started_s,
        ends[0] if ends else None,
        intervals,
        of_stage,
        tuple(parts.ended(until_s).probes(stage.name, probes)),
        (*unannounced, *unclocked, *_repeated(starts), *_repeated(ends)),
        run.source,
        clock_off_s=clock_off_s,
        parts=parts,
    )


def as_measured(stage: Stage, finished: StageFinished) -> Stage:
    """Return the stage with the length it had: one that was extended is judged as the longer stage it was."""
    length_s = finished.duration_s
    return stage if length_s <= stage.duration_s else stage.model_copy(update={"duration_s": length_s})


def _intervals(
    run: RunDirectory, index: int, name: str, starts: Sequence[StageStarted], read: ReadLog
) -> tuple[IntervalLog | tuple[()], tuple[str, ...]]:
    """Find a stage's windows, and say what is wrong with where they are."""
    if starts:
        # Another plan may order its stages differently; the file's number is that of the recorded run.
        path = run.stage_hlog_path(starts[0].index, name)
        return IntervalLog(path, starts[0].t_s, read), ()
    path = run.stage_hlog_path(index, name)
    if not path.exists():
        return (), ()
    unannounced = f"{path.name}: exists, but events.jsonl does not say that the stage started"
    return IntervalLog(path, None, read), (unannounced,)


def _clock_off_s(
    run: RunDirectory, starts: Sequence[StageStarted], name: str
) -> tuple[float | None, tuple[str, ...]]:
    """Compare the clock of a stage's log with that of the run, or say that the log states none."""
    if not starts:
        return None, ()
    path = run.stage_hlog_path(starts[0].index, name)
    stated_s = base_time_epoch_s(path)
    if stated_s is None:
        return None, (f"{path.name}: does not state its BaseTime",)
    return stated_s - float(run.run["epoch_s"]), ()


def _ends(stage: str, events: Iterable[Event]) -> list[StageFinished]:
    """Return the ends of a stage; an extension after one makes it void."""
    ends: list[StageFinished] = []
    for event in events:
        match event:
            case StageFinished(stage=name) if name == stage:
                ends.append(event)
            case StageExtended(stage=name) if name == stage:
                ends.clear()
    return ends


def _end_s(started_s: float | None, ends: Sequence[StageFinished], events: Iterable[Event]) -> float:
    if ends or started_s is None:
        return ends[0].t_s if ends else math.inf
    later = (event.t_s for event in events if isinstance(event, StageStarted) and event.t_s > started_s)
    return min(later, default=math.inf)


def _belongs(record: Record, stage: str, started_s: float | None, until_s: float) -> bool:
    if record.stage is not None:
        return record.stage == stage
    return started_s is not None and started_s <= record.t_s <= until_s


def _repeated(events: Sequence[StageStarted | StageFinished]) -> tuple[str, ...]:
    if len(events) <= 1:
        return ()
    return (f"events.jsonl: {len(events)} {events[0].event} events for one stage; the first counts",)


def _unplanned(events: Iterable[Event], names: Sequence[str]) -> list[str]:
    started = dict.fromkeys(event.stage for event in events if isinstance(event, StageStarted))
    return [
        f"events.jsonl: stage {name!r} ran, but is not in the plan" for name in started if name not in names
    ]
