"""What the judge would find if the stage ended now: `python -m harness.live.findings RUN`, beside a run.

Judging a long stage takes seconds, so it happens in a process of its own that rests two hundred times as long
as it works. It tells one JSON object per look, a line each, and ends when its standard input is closed.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from collections.abc import Iterator
from typing import Any

from harness.judge.stage import judge_criterion
from harness.judge.verdict import Finding
from harness.judge.view import StageView
from harness.record.evidence import load_evidence
from harness.record.run_directory import RunDirectory
from harness.rollout.child import READY, tell

_SHORTEST_S = 3.0
_REST = 200
_NICENESS = 10


def findings_so_far(view: StageView) -> Iterator[Finding]:
    """Judge the criteria of a stage by the evidence there is; of other findings only its end can tell."""
    for criterion in view.stage.criteria:
        yield judge_criterion(view, criterion)
    for endpoint, criteria in view.stage.endpoints.items():
        for criterion in criteria:
            yield judge_criterion(view, criterion, endpoint)


def look(run: RunDirectory) -> dict[str, Any] | None:
    """Judge the stage under load; None between stages and before the first window."""
    running, at_s = None, 0.0
    for event in run.events().records:
        match event["event"]:
            case "stage_started":
                running, at_s = event["stage"], float(event["t_s"])
            case "stage_finished":
                running = None
    if running is None:
        return None
    view = StageView(run.plan, load_evidence(run, stage=running).stages[0])
    if not view.digest.ends_s:
        return None
    return {
        "stage": running,
        "t_s": at_s + view.digest.ends_s,
        "findings": [
            {"criterion": found.criterion, "outcome": str(found.outcome), "reason": found.reason}
            for found in findings_so_far(view)
        ],
    }


def main(path: str) -> None:
    """Look again and again until standard input is closed."""
    run = RunDirectory.open(path)
    os.nice(_NICENESS)
    tell(READY)
    wait_s = _SHORTEST_S
    while not select.select([sys.stdin], [], [], wait_s)[0]:
        began_s = time.monotonic()
        found = look(run)
        if found is not None:
            tell(json.dumps(found))
        wait_s = max(_SHORTEST_S, _REST * (time.monotonic() - began_s))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Exception as error:
        # Whatever it is, nobody but the run reads it: one line and a code that is not 0.
        sys.exit(f"findings: {type(error).__name__}: {error}")
