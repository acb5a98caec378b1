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

REDIRECTS = Subject.of_check("redirects", "requests redirected alike")
REDIRECTS_NOTED = Subject.of_note("redirects", "requests not redirected alike")


def like_redirects(view: StageView) -> Iterator[Finding]:
    """Report requests that one variant redirects far more often than the other; yields nothing without."""
    yield from unlike(view, REDIRECTS, REDIRECTS_NOTED, _redirected)


def _redirected(view: StageView, variant: Variant, other: Variant) -> Iterator[Unlike]:
    counts = Counter[tuple[str, str, str]]()
    for event in view.events(RequestsRedirected):
        counts[event.variant, event.endpoint, event.to] += event.count
    answered = Counter[tuple[str, str]]()
    for tag, number in view.aggregate.counts.items():
        if tag.kind == Kind.RESPONSE:
            answered[tag.variant, tag.endpoint] += number
    for endpoint, to in sorted({(endpoint, to) for owner, endpoint, to in counts if owner == variant}):
        many, others = answered[variant, endpoint], answered[other, endpoint]
        if many and others:
            what = f"requests {endpoint} were redirected to {to}"
            yield Unlike(
                endpoint, counts[variant, endpoint, to], many, counts[other, endpoint, to], others, what
            )
