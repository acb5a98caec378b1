"""Whether anything was tried at all: where nearly every request of both variants fails, neither was."""

from __future__ import annotations

from collections.abc import Iterator

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.sequential.watch import NEARLY_ALL
from harness.judge.shared_failure import shared_failure
from harness.judge.validity.accounts import requests_by_variant
from harness.judge.verdict import EarlyFail
from harness.judge.view import StageView
from harness.judge.words import PERCENT, duration
from harness.record.events.stage import RequestErrors

WORKS = Subject.of_check("works", "something works")


def something_works(view: StageView) -> Iterator[Finding]:
    """Report that nearly every request of both variants failed; yields nothing where some worked."""
    since_s = view.aggregate.watch.nothing_works_s
    if since_s is None:
        return
    why, most = shared_failure(view.events(RequestErrors)), PERCENT.spoken(NEARLY_ALL)
    cause = f": {why}" if why else "."
    reason = f"{duration(since_s)} into the stage more than {most} of both variants' requests failed{cause}"
    n = sum(requests_by_variant(view).values())
    yield Result(outcome=Outcome.INVALID, reason=reason, n=n, decided_at_s=since_s).of(WORKS)


def hopeless(view: StageView) -> Iterator[EarlyFail]:
    """Yield that the stage cannot pass any more, from the moment on."""
    for finding in something_works(view):
        yield EarlyFail.of(WORKS, finding.decided_at_s or 0.0, finding.reason)
