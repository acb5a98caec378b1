"""Whether the load test itself worked: its own errors say nothing about the service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.view import StageView
from harness.judge.words import counted
from harness.record.events.stage import LoadTestErrors

LOAD_TEST = Subject.of_check("load-test", "load test")


def load_test_works(view: StageView) -> Iterator[Finding]:
    """Report errors that are not the service's; yields nothing where there were none."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for event in view.events(LoadTestErrors):
        counts[event.blame, event.kind, event.where] += event.count
    if not counts:
        return
    (blame, kind, where), number = max(counts.items(), key=lambda item: (item[1], item[0]))
    others = f", and {counted(len(counts) - 1, 'other error')}" if len(counts) > 1 else ""
    reason = (
        f"An error of the {blame}, not of the service: {kind} at {where}, {counted(number, 'time')}{others}."
    )
    yield Result.count(Outcome.INVALID, counts.total(), reason, counts.total()).of(LOAD_TEST)
