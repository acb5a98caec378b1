"""Whether one variant redirects far more requests than the other.

A service that has lost its sessions sends every user to its login page, which is fast and a success.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.judge.finding import Finding, Subject
from harness.judge.validity.responses.unlike import Unlike, unlike
from harness.judge.view import StageView
from harness.plan.variant import Variant
from harness.record.events.stage import RequestsRedirected
from harness.record.histograms.tag import Kind
from harness.record.histograms.tallies import OTHER

REDIRECTS = Subject.of_check("redirects", "requests redirected alike")
REDIRECTS_NOTED = Subject.of_note("redirects", "requests not redirected alike")


def like_redirects(view: StageView) -> Iterator[Finding]:
    """Report requests that one variant redirects far more often than the other; yields nothing without."""
    yield from unlike(view, REDIRECTS, REDIRECTS_NOTED, _redirected)


def _redirected(view: StageView, variant: Variant, other: Variant) -> Iterator[Unlike]:
    events = view.events(RequestsRedirected)
    # Places beyond those that are told apart may be any: there only how many were redirected can be compared.
    unnamed = {event.endpoint for event in events if event.to == OTHER}
    counts = Counter[tuple[str, str, str]]()
    for event in events:
        to = "other places" if event.endpoint in unnamed else event.to
        counts[event.variant, event.endpoint, to] += event.count
    answered = Counter[tuple[str, str]]()
    for tag, number in view.aggregate.counts.items():
        if tag.kind == Kind.RESPONSE:
            answered[tag.variant, tag.endpoint] += number
    for endpoint, to in sorted({(endpoint, to) for owner, endpoint, to in counts if owner == variant}):
        here, there = ((counts[owner, endpoint, to], answered[owner, endpoint]) for owner in (variant, other))
        if here[1] and there[1]:
            yield Unlike(endpoint, here, there, f"{endpoint} requests were redirected to {to}")
