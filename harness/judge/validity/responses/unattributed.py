"""Requests of which nobody can tell which variant they reached: no pass may depend on them.

They belong to no variant's figures, so nothing fails because of them. A finding passes only if it also does
with them held against the canary: its failures, its successes, and both. Throughput is the one measure that
they would raise: it fails only if it also does had the canary answered all of them well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.validity.accounts import request_counts, requests_by_owner
from harness.judge.view import StageView
from harness.judge.windows.edges import against_the_canary
from harness.judge.words import PERCENT, counted
from harness.plan.criteria.measure import MeasureKind
from harness.plan.variant import Variant
from harness.record.evidence import Interval
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import UNATTRIBUTED, Kind, Tag

NOTE = Subject.of_note("unattributed", "unattributed requests")
Judge = Callable[[StageView], Sequence[Finding]]


@dataclass(frozen=True)
class Attribution:
    """Whose the unattributed requests are taken to be, by whether they succeeded."""

    successes: Variant
    failures: Variant
    excuses: bool = False
    """Whether the failures are taken for successes: they need not have been the service's."""

    def of(self, interval: Interval) -> Interval:
        """Return an interval in which every request has a variant."""
        histograms: dict[Tag, Histogram] = {}
        for tag, histogram in interval.histograms.items():
            known = histograms.get(owned := self._owned(tag))
            histograms[owned] = histogram if known is None else Histogram.merge((known, histogram))
        return replace(interval, histograms=histograms)

    def _owned(self, tag: Tag) -> Tag:
        if tag.variant != UNATTRIBUTED:
            return tag
        if tag.kind != Kind.FAILED:
            return tag._replace(variant=self.successes)
        return tag._replace(variant=self.failures, kind=Kind.RESPONSE if self.excuses else Kind.FAILED)


def against_the_canary_of(reference: Variant) -> tuple[Attribution, ...]:
    """Return the ways to hold these requests against the canary, beside what it is compared with."""
    return (
        Attribution(successes=reference, failures=Variant.CANARY),
        Attribution(successes=Variant.CANARY, failures=reference),
        Attribution(successes=Variant.CANARY, failures=Variant.CANARY),
    )


IN_FAVOUR = Attribution(successes=Variant.CANARY, failures=Variant.CANARY, excuses=True)


def unattributed_requests(view: StageView) -> int:
    """Count the requests of no known variant in the whole stage."""
    return requests_by_owner(view)[UNATTRIBUTED]


def held_against(view: StageView, findings: Sequence[Finding], judge: Judge) -> Iterator[Finding]:
    """Yield the findings of a stage; those that hang on whose these requests are become inconclusive.

    `judge` finds the same findings in other evidence.
    """
    unknown = unattributed_requests(view)
    if not unknown:
        yield from findings
        return
    doubted = {
        finding.id: finding
        for attribution in against_the_canary_of(view.design.reference)
        for finding in judge(_attributed(view, attribution))
        if finding.outcome is not Outcome.PASS
    }
    excused = _excused(view, findings, judge)
    doubt = f"It is not known whether the canary had any of {counted(unknown, 'unattributed request')}."
    for finding in findings:
        if finding.id in excused:
            yield _undecided(finding, f"With {counted(unknown, 'unattributed request')} it may hold.")
        elif finding.outcome is Outcome.PASS and finding.id in doubted:
            yield _undecided(finding, doubt)
        else:
            yield finding
    known = {finding.id for finding in findings}
    for name in (each for each in doubted if each not in known):
        yield _undecided(doubted[name], doubt)
    yield _note(view, unknown)


def _excused(view: StageView, findings: Sequence[Finding], judge: Judge) -> frozenset[str]:
    """Name the findings on throughput that fail only for want of these requests."""
    failed = {
        finding.id
        for finding in findings
        if finding.outcome is Outcome.FAIL and finding.measure == MeasureKind.THROUGHPUT
    }
    if not failed:
        return frozenset()
    still = {each.id for each in judge(_attributed(view, IN_FAVOUR)) if each.outcome is Outcome.FAIL}
    return frozenset(failed - still)


def _attributed(view: StageView, attribution: Attribution) -> StageView:
    # Of a stage whose times are known to a bucket, nobody's requests have only their upper edges.
    intervals = [attribution.of(against_the_canary(interval)) for interval in view.evidence.intervals]
    return StageView(view.plan, replace(view.evidence, intervals=intervals))


def _undecided(finding: Finding, doubt: str) -> Finding:
    return replace(
        finding, outcome=Outcome.INCONCLUSIVE, reason=f"{finding.reason} {doubt}", decided_at_s=None
    )


def _note(view: StageView, unknown: int) -> Finding:
    counts = request_counts(view)
    every, failed = sum(requests_by_owner(view).values()), counts[UNATTRIBUTED, Kind.FAILED]
    share = unknown / every
    reason = (
        f"{unknown:,} of {counted(every, 'request')} ({PERCENT.spoken(share)}) belong to no known "
        f"variant, {failed:,} of them failed."
    )
    return Result.fact(Outcome.PASS, reason, 100 * share, 0.0, "%", every, "lower").of(NOTE)
