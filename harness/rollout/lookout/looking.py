"""Looks at a growing run directory, again and again, and tells what is new."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.judge.facts import lasting_facts
from harness.judge.triggers import first_trigger
from harness.judge.verdict import EarlyFail
from harness.judge.view import StageView
from harness.plan.model import Plan, Stage
from harness.record.evidence import StageEvidence
from harness.record.run_directory import RunDirectory
from harness.rollout.lookout.levels import Level, Standing, standings_in_stage, standings_of_probes
from harness.rollout.lookout.outage import outage_trigger
from harness.rollout.lookout.tail import Tail

Notice = dict[str, Any]
"""Something new: `{"notice": "trigger" | "failed_early" | "level", "stage": name or None, …}`."""


_LEAST_INTERVALS = 20


class Lookout:
    """Tells each trigger once, each broken criterion of a stage once, and each change of a level."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._plan = run.plan
        self._fired: set[tuple[str | None, str]] = set()
        self._failed: set[tuple[str, str]] = set()
        self._levels: dict[str, Level] = {}
        self._tail: Tail | None = None
        self._seen: tuple[str | None, int] | None = None

    def look(self) -> list[Notice]:
        """Return what is new since the last look."""
        stage = self._stage_under_load()
        size = self._size(stage)
        seen = (stage.name if stage else None, size)
        if self._seen == seen:
            return []
        self._seen = seen
        return list(self._in_stage(stage) if stage else self._between_stages())

    def _stage_under_load(self) -> Stage | None:
        """Find the stage that has begun and not ended."""
        running = None
        for event in self._run.events().records:
            if event["event"] == "stage_started":
                running = event["stage"]
            elif event["event"] == "stage_finished":
                running = None
        return self._plan.stage_named(running) if running else None

    def _size(self, stage: Stage | None) -> int:
        """Return the size of what tells something new: under load whole intervals, otherwise probes."""
        path = self._run.path / "probes.jsonl"
        if stage is not None:
            path = self._run.stage_hlog_path(self._plan.stages.index(stage), stage.name)
        return path.stat().st_size if path.exists() else 0

    def _in_stage(self, stage: Stage) -> Iterator[Notice]:
        evidence = self._latest(stage)
        fired = first_trigger(self._plan, evidence)
        if fired is not None:
            yield from self._fire(stage.name, fired.trigger, fired.reason)
        for fail in lasting_facts(StageView(self._plan, evidence)):
            yield from self._fail(stage.name, fail)
        yield from self._changed(stage.name, standings_in_stage(self._plan, evidence))

    def _latest(self, stage: Stage) -> StageEvidence:
        """Return what is known of the last part of a stage: a whole day would take a second to read."""
        index = self._plan.stages.index(stage)
        if self._tail is None or self._tail.path != self._run.stage_hlog_path(index, stage.name):
            started_s = next(
                float(event["t_s"])
                for event in self._run.events().records
                if event["event"] == "stage_started" and event["stage"] == stage.name
            )
            keep_s = max(_seen_by_triggers_s(self._plan, stage), _LEAST_INTERVALS * stage.interval_s)
            self._tail = Tail(self._run.stage_hlog_path(index, stage.name), started_s, keep_s)
        intervals = self._tail.intervals()
        probes = tuple(p for p in self._run.probes().records if p["t_s"] >= self._tail.started_s)
        return StageEvidence(stage, index, self._tail.started_s, None, intervals, (), probes)

    def _between_stages(self) -> Iterator[Notice]:
        probes = self._run.probes().records
        if trigger := outage_trigger(self._plan, None, probes):
            yield from self._fire(None, trigger, "Every health check of the canary failed for that long.")
        yield from self._changed(None, standings_of_probes(self._plan, probes))

    def _fire(self, stage: str | None, trigger: str, reason: str) -> Iterator[Notice]:
        if (stage, trigger) not in self._fired:
            self._fired.add((stage, trigger))
            yield {"notice": "trigger", "stage": stage, "trigger": trigger, "reason": reason}

    def _fail(self, stage: str, fail: EarlyFail) -> Iterator[Notice]:
        if (stage, fail.criterion) not in self._failed:
            self._failed.add((stage, fail.criterion))
            about = {"criterion": fail.criterion, "reason": fail.reason}
            yield {"notice": "failed_early", "stage": stage, **about}

    def _changed(self, stage: str | None, standings: list[Standing]) -> Iterator[Notice]:
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


def _seen_by_triggers_s(plan: Plan, stage: Stage) -> float:
    """Return the longest window of a trigger, and a little more."""
    windows_s = [trigger.for_s or 0.0 for trigger in (*plan.rollback, *stage.rollback)]
    return max(windows_s, default=0.0) + 2 * stage.interval_s
