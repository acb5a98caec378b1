"""Looks at a growing run directory, again and again, and tells what is new."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from harness.judge.verdict import EarlyFail
from harness.live.evaluation.levels import Level, LevelStatus, standings_of_probes
from harness.live.evaluation.outage import outage_trigger
from harness.live.evaluation.under_load import StageLook
from harness.plan.model import Plan
from harness.plan.variant import Variant
from harness.record.events import EVENTS, PROBES
from harness.record.follow import growing_journal
from harness.record.journal import Record
from harness.record.run_directory import RunDirectory

Notice = dict[str, Any]
"""Something new: `{"notice": "trigger" | "failed_early" | "level", "stage": name or None, …}`."""


_MIN_INTERVALS = 20


class Lookout:
    """Tells each trigger once, each broken criterion of a stage once, and each change of a level."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._plan = run.plan
        self._keep_s = _seen_by_triggers_s(self._plan)
        self._events = growing_journal(run.path / "events.jsonl", EVENTS.check)
        self._new_probes = growing_journal(run.path / "probes.jsonl", PROBES.check)
        self._probes = ProbeLog(self._keep_s)
        self._fired: set[tuple[str | None, str]] = set()
        self._failed: set[tuple[str, str]] = set()
        self._levels: dict[str, Level] = {}
        self._stage: StageLook | None = None

    def look(self) -> list[Notice]:
        """Return what is new since the last look."""
        for event in self._events.new():
            self._hear(event)
        intervals = self._stage.read() if self._stage else []
        probes = self._new_probes.new()
        self._probes.add(probes)
        if self._stage is not None:
            self._stage.take(intervals, probes)
        if not intervals and not probes:
            return []
        return list(self._in_stage(self._stage) if self._stage else self._between_stages())

    def _hear(self, event: Record) -> None:
        """Learn which stage is under load."""
        match event["event"]:
            case "stage_started":
                stage, started_s = self._plan.stage_named(event["stage"]), float(event["t_s"])
                path = self._run.stage_hlog_path(event["index"], stage.name)
                self._probes.begin_stage()
                self._stage = StageLook(self._plan, stage, path, started_s, self._keep_s)
            case "stage_finished":
                self._stage = None

    def _in_stage(self, look: StageLook) -> Iterator[Notice]:
        stage, probes = look.stage.name, self._probes.kept
        fired = look.trigger(probes)
        if fired is not None:
            yield from self._fire(stage, fired.trigger, fired.reason)
        for fail in look.fails(probes):
            yield from self._fail(stage, fail)
        yield from self._changed(stage, look.standings(probes))

    def _between_stages(self) -> Iterator[Notice]:
        probes = self._probes.kept
        if trigger := outage_trigger(self._plan, None, probes):
            yield from self._fire(None, trigger, "Every health check of the canary failed for that long.")
        yield from self._changed(None, standings_of_probes(self._plan, probes))

    def _fire(self, stage: str | None, trigger: str, reason: str) -> Iterator[Notice]:
        if (stage, trigger) not in self._fired:
            self._fired.add((stage, trigger))
            yield {"notice": "trigger", "stage": stage, "trigger": trigger, "reason": reason}

    def _fail(self, stage: str, fail: EarlyFail) -> Iterator[Notice]:
        if (stage, fail.id) not in self._failed:
            self._failed.add((stage, fail.id))
            about = {"criterion": fail.criterion, "at_s": fail.at_s, "reason": fail.reason}
            yield {"notice": "failed_early", "stage": stage, **about}

    def _changed(self, stage: str | None, standings: list[LevelStatus]) -> Iterator[Notice]:
        for standing in standings:
            before = self._levels.get(standing.measure, Level.OK)
            self._levels[standing.measure] = standing.level
            if standing.level is not before:
                yield {
                    "notice": "level",
                    "stage": stage,
                    "measure": standing.measure,
                    "level": standing.level,
                    "value": standing.value,
                    "limit": standing.limit,
                }


class ProbeLog:
    """The probe records of the last seconds, and the first of the stage that tells of restarts."""

    def __init__(self, keep_s: float) -> None:
        self._keep_s = keep_s
        self._first: Record | None = None
        self._recent: deque[Record] = deque()

    def add(self, records: Iterable[Record]) -> None:
        """Take new records, and forget what is old."""
        for record in records:
            self._recent.append(record)
            if self._first is None and _tells_of_restarts(record):
                self._first = record
        while self._recent and self._recent[0]["t_s"] < self._recent[-1]["t_s"] - self._keep_s:
            self._recent.popleft()

    @property
    def kept(self) -> list[Record]:
        """What is kept, in order."""
        first = self._first
        was_forgotten = first is not None and first["t_s"] < self._recent[0]["t_s"]
        return [*([first] if first and was_forgotten else []), *self._recent]

    def begin_stage(self) -> None:
        """Remember anew what restarts are counted from."""
        self._first = None


def _tells_of_restarts(record: Record) -> bool:
    of_canary = record["kind"] == "metrics" and record["variant"] == Variant.CANARY
    return of_canary and record["restarts"] is not None


def _seen_by_triggers_s(plan: Plan) -> float:
    """Return the longest window of a trigger, and a little more."""
    triggers = (*plan.rollback, *(trigger for stage in plan.stages for trigger in stage.rollback))
    longest_s = max(stage.interval_s for stage in plan.stages)
    windows_s = [trigger.for_s or 0.0 for trigger in triggers]
    return max(max(windows_s, default=0.0) + 2 * longest_s, _MIN_INTERVALS * longest_s)
