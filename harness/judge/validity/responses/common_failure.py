"""Whether anything was tried at all: where nearly every request of both variants fails, neither was.

Where far more of the baseline's fail than of the canary's, the canary is compared with what is not well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.sequential.watch import NEARLY_ALL
from harness.judge.shared_failure import shared_failure
from harness.judge.validity.accounts import request_counts
from harness.judge.validity.apart import are_apart
from harness.judge.verdict import EarlyFail
from harness.judge.view import StageView
from harness.judge.words import PERCENT, duration
from harness.plan.variant import Variant
from harness.record.events.stage import RequestErrors
from harness.record.histograms.tag import Kind

WORKS = Subject.of_check("works", "something works")
UNWELL = Subject.of_note("baseline-fails", "failures of the baseline")
_APART = 0.01


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


def unwell_reference(view: StageView) -> Iterator[Finding]:
    """Note that far more requests of what the canary is compared with failed than of the canary's."""
    counts, reference = request_counts(view), view.design.reference
    (failed, n), (fewer, m) = (
        (counts[variant, Kind.FAILED], counts[variant, Kind.FAILED] + counts[variant, Kind.RESPONSE])
        for variant in (reference, Variant.CANARY)
    )
    if not are_apart((failed, n), (fewer, m), by=_APART):
        return
    reason = (
        f"{PERCENT.spoken(failed / n)} of the {reference}'s requests failed, against "
        f"{PERCENT.spoken(fewer / m)} of the canary's. What the canary is compared with is not well: look at "
        f"the {reference}."
    )
    yield Result.fact(Outcome.PASS, reason, 100 * failed / n, 100 * fewer / m, "%", n).of(UNWELL)


def hopeless(view: StageView) -> Iterator[EarlyFail]:
    """Yield that the stage cannot pass any more, from the moment on."""
    for finding in something_works(view):
        yield EarlyFail.of(WORKS, finding.decided_at_s or 0.0, finding.reason)
