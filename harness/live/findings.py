"""What the judge would find if the stage ended now: `python -m harness.live.findings RUN`, beside a run.

Judging takes milliseconds, so it happens in a process of its own that rests five hundred times as long as it
works. It tells one JSON object per look, a line each, and ends when its standard input is closed.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from typing import Any

from harness.judge.finding import Finding
from harness.judge.stage import judge_criterion
from harness.judge.view import StageView
from harness.live.evaluation.growing import GrowingStage
from harness.process.main_loop import has_parent_ended, run_child, tell, tell_ready
from harness.record.events import EVENTS, PROBES
from harness.record.evidence import Interval, StageEvidence
from harness.record.follow import growing_journal
from harness.record.journal import Record
from harness.record.run_directory import RunDirectory

_MIN_S = 3.0
_REST = 500
_NICENESS = 10


def findings_so_far(view: StageView) -> Iterator[Finding]:
    """Judge the criteria of a stage by the evidence there is; of other findings only its end can tell."""
    for criterion in view.stage.criteria:
        yield judge_criterion(view, criterion)
    for endpoint, criteria in view.stage.endpoints.items():
        for criterion in criteria:
            yield judge_criterion(view, criterion, endpoint)


class StageSoFar:
    """What was recorded of the stage under load."""

    def __init__(self, run: RunDirectory, started: Record) -> None:
        self._plan = run.plan
        self._stage = run.plan.stage_named(started["stage"])
        self._started_s = float(started["t_s"])
        path = run.stage_hlog_path(started["index"], self._stage.name)
        self.growing = GrowingStage(run.plan, self._stage, path, self._started_s)
        self.events: list[Record] = [started]
        self._probes: list[Record] = []

    def take(self, intervals: Sequence[Interval], probes: Sequence[Record]) -> None:
        """Take what is new."""
        of_stage = [record for record in probes if record["t_s"] >= self._started_s]
        self._probes += of_stage
        self.growing.take(intervals, of_stage)

    def told(self) -> dict[str, Any] | None:
        """Return the findings; None before the first window."""
        aggregate, stages = self.growing.aggregate, self._plan.stages
        if not aggregate.ends_s:
            return None
        evidence = StageEvidence(
            self._stage,
            [each.name for each in stages].index(self._stage.name),
            self._started_s,
            events=tuple(self.events),
            probes=tuple(self._probes),
        )
        return {
            "stage": self._stage.name,
            "t_s": self._started_s + aggregate.ends_s,
            "findings": [
                {"criterion": found.title, "outcome": str(found.outcome), "reason": found.reason}
                for found in findings_so_far(StageView(self._plan, evidence, aggregate))
            ],
        }


class Findings:
    """Looks at a run again and again; what was read once is not read again."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._events = growing_journal(run.path / "events.jsonl", EVENTS.check)
        self._probes = growing_journal(run.path / "probes.jsonl", PROBES.check)
        self._stage: StageSoFar | None = None

    def look(self) -> dict[str, Any] | None:
        """Judge the stage under load; None between stages and before its first window."""
        for event in self._events.new():
            self._hear(event)
        intervals = self._stage.growing.read() if self._stage else []
        probes = self._probes.new()
        if self._stage is None:
            return None
        self._stage.take(intervals, probes)
        return self._stage.told()

    def _hear(self, event: Record) -> None:
        match event["event"]:
            case "stage_started":
                self._stage = StageSoFar(self._run, event)
            case "stage_finished":
                self._stage = None
            case _ if self._stage:
                self._stage.events.append(event)


def main(path: str) -> None:
    """Look again and again until standard input is closed."""
    findings = Findings(RunDirectory.open(path))
    os.nice(_NICENESS)
    tell_ready()
    wait_s = _MIN_S
    while not has_parent_ended(wait_s):
        began_s = time.monotonic()
        found = findings.look()
        if found is not None:
            tell(json.dumps(found))
        wait_s = max(_MIN_S, _REST * (time.monotonic() - began_s))


if __name__ == "__main__":
    run_child("findings", main)
