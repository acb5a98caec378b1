"""Whether the histograms that a service exposes can be trusted: every page came, and no count is lost."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.validity.access_log import missing_requests
from harness.judge.validity.accounts import evidence_gaps
from harness.judge.view import StageView
from harness.judge.words import PERCENT, counted
from harness.record.probes import ScrapeProbe

COMPLETE = Subject.of_check("metrics-complete", "metrics complete")
MAX_LOST = 0.05
"""Share of the pages that may not come, and of the series that may begin anew.

A page that did not come loses nothing, since the next one has the sum; a restart loses what was counted since
the last page.
"""


def metrics_complete(view: StageView, until_s: float = math.inf) -> Finding:
    """Judge whether anything is missing from a service's metrics up to `until_s` seconds into the stage."""
    probes = view.probes.of(ScrapeProbe)
    asked, missed = sum(probe.asked for probe in probes), sum(probe.missed for probe in probes)
    series, resets = sum(probe.series for probe in probes), sum(probe.resets for probe in probes)
    gaps = [*evidence_gaps(view, until_s), *missing_requests(view), *_unreadable(view, probes)]
    if gaps:
        more = f" ({counted(len(gaps) - 1, 'more problem')})" if len(gaps) > 1 else ""
        return Result.count(Outcome.INVALID, len(gaps), f"{gaps[0]}{more}.", asked).of(COMPLETE)
    share = (missed / asked if asked else 0.0) + (resets / series if series else 0.0)
    outcome = Outcome.PASS if share <= MAX_LOST else Outcome.INVALID
    reason = (
        f"{missed:,} of {counted(asked, 'page')} could not be read, and {resets:,} of {series:,} readings "
        f"of a series follow a restart ({PERCENT.spoken(share)}, at most {PERCENT.spoken(MAX_LOST)})."
    )
    return Result.fact(outcome, reason, 100 * share, 100 * MAX_LOST, "%", asked, "lower").of(COMPLETE)


def _unreadable(view: StageView, probes: Sequence[ScrapeProbe]) -> Iterator[str]:
    metrics = view.plan.traffic.metrics if view.plan.traffic else None
    if not probes or metrics is None:
        return
    if not any(probe.series for probe in probes):
        yield f"No page has the histogram `{metrics.duration}`"
    elif any(probe.unlabelled for probe in probes):
        yield f"Some series have no label that `failed: {metrics.failed}` could be matched with"
    if probes[-1].missed:
        last = probes[-1]
        yield f"{last.missed:,} of {counted(last.asked, 'page')} could not be read at the end of the stage"
