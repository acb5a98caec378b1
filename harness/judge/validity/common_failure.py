"""Whether anything was tried at all: where nearly every request of both variants fails, neither was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.sequential.watch import NEARLY_ALL
from harness.judge.shared_failure import shared_failure
from harness.judge.validity.accounts import request_counts
from harness.judge.verdict import EarlyFail
from harness.judge.view import StageView
from harness.judge.words import PERCENT, duration
from harness.plan.variant import Variant
from harness.record.events.stage import RequestErrors
from harness.record.histograms.tag import Kind

WORKS = Subject.of_check("works", "something works")


def something_works(view: StageView) -> Iterator[Finding]:
    """Report that nearly every request of both variants failed; yields nothing where some worked."""
    since_s = view.aggregate.watch.nothing_works_s
    if since_s is None:
        return
    why, most = shared_failure(view.events(RequestErrors), view.design.reference), PERCENT.spoken(NEARLY_ALL)
    cause = f": {why}" if why else "."
    reason = f"{duration(since_s)} into the stage more than {most} of both variants' requests failed{cause}"
    counts = request_counts(view)
    failed = sum(counts[variant, Kind.FAILED] for variant in Variant)
    n = failed + sum(counts[variant, Kind.RESPONSE] for variant in Variant)
    result = Result.fact(Outcome.INVALID, reason, 100 * failed / n, 100 * NEARLY_ALL, "%", n, "lower")
    yield replace(result, decided_at_s=since_s).of(WORKS)


def hopeless(view: StageView) -> Iterator[EarlyFail]:
    """Yield that the stage cannot pass any more, from the moment on."""
    for finding in something_works(view):
        yield EarlyFail.of(WORKS, finding.decided_at_s or 0.0, finding.reason)
