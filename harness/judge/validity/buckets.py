"""Findings about times that are known to a bucket: only what the buckets show passes or fails.

The evidence is judged in favour of the canary, so that what fails does so wherever in their buckets the times
are. What passes must also pass with the times taken against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from harness.judge.finding import Finding
from harness.judge.outcome import Outcome
from harness.judge.view import StageView
from harness.judge.windows.edges import against_the_canary
from harness.judge.words import with_unit
from harness.plan.variant import Variant
from harness.record.evidence_source import EvidenceSource

Judge = Callable[[StageView], Sequence[Finding]]


def within_buckets(view: StageView, findings: Sequence[Finding], judge: Judge) -> Iterator[Finding]:
    """Yield the findings of a stage, inconclusive where the edges of the buckets disagree.

    `judge` finds the same findings in other evidence.
    """
    if view.evidence.source is not EvidenceSource.METRICS:
        yield from findings
        return
    slower = {finding.id: finding for finding in judge(at_the_other_edges(view))}
    for finding in findings:
        other = slower.get(finding.id, finding)
        if _is_clear(finding, other):
            # What is shown are the edges that decided: those against the canary for a pass.
            yield replace(other, lower=finding.lower) if _passes(other) else finding
        else:
            yield replace(
                finding,
                outcome=Outcome.INCONCLUSIVE,
                reason=_undecided(finding, other, view.design.reference),
                upper=other.upper,
                decided_at_s=None,
            )


def at_the_other_edges(view: StageView) -> StageView:
    """Return a stage with its times taken against the canary."""
    intervals = [against_the_canary(interval) for interval in view.evidence.intervals]
    return StageView(view.plan, replace(view.evidence, intervals=intervals))


def _passes(finding: Finding) -> bool:
    return finding.outcome is Outcome.PASS


def _is_clear(finding: Finding, other: Finding) -> bool:
    if _passes(finding) or _passes(other):
        return finding.outcome is other.outcome
    return True


def _undecided(finding: Finding, other: Finding, reference: Variant) -> str:
    measure, unit = finding.measure or finding.criterion, finding.unit
    edges = "By the edges of the histogram's buckets,"
    if finding.observed is None or other.observed is None:
        return f"{finding.reason} {other.reason} The histogram's buckets do not show which of the two holds."
    sign = "+" if finding.relative else ""
    least, most = (with_unit(each, unit, sign) for each in (finding.observed, other.observed))
    if finding.relative:
        return (
            f"{edges} the canary's {measure} against the {reference} was between {least} and {most}; "
            f"narrower buckets around it would decide."
        )
    limit = "" if finding.limit is None else with_unit(finding.limit, unit)
    if finding.observed == other.observed:
        return other.reason
    return (
        f"{edges} the canary's {measure} was between {least} and {most}; "
        f"a bucket boundary at {limit} would decide."
    )
