"""Whether the evidence is complete, and the traffic was split as planned."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.stats.special import ndtri
from harness.judge.view import StageView
from harness.judge.words import counted, duration
from harness.plan.variant import Variant
from harness.record.events.run import RunInterrupted, UsersFailed, WorkerLost
from harness.record.events.stage import StageFinished
from harness.record.histograms.account import OWNERS
from harness.record.histograms.tag import UNATTRIBUTED, Kind

ACCOUNTED = Subject.of_check("accounted", "every arrival accounted for")
SPLIT = Subject.of_check("split", "split as planned")
SPLIT_RISK = 0.0005
"""How often a router that splits at random may fail the check by chance."""


def all_accounted_for(view: StageView, until_s: float = math.inf) -> Finding:
    """Judge whether anything is missing from the evidence of a stage up to `until_s` seconds into it."""
    gaps = list(_gaps(view, until_s))
    due = view.evidence.finished.due if view.evidence.finished else 0
    if gaps:
        more = f" ({counted(len(gaps) - 1, 'more problem')})" if len(gaps) > 1 else ""
        return Result.count(Outcome.INVALID, len(gaps), f"{gaps[0]}{more}.", due).of(ACCOUNTED)
    complete = f"All {due:,} arrivals are accounted for; 0 may be missing."
    return Result.count(Outcome.PASS, 0, complete, due).of(ACCOUNTED)


def _gaps(view: StageView, until_s: float) -> Iterator[str]:
    yield from evidence_gaps(view, until_s)
    if view.evidence.finished is not None:
        yield from _missing_requests(view, view.evidence.finished)


def evidence_gaps(view: StageView, until_s: float) -> Iterator[str]:
    """Yield what is missing from the record of a stage, whatever its windows come from."""
    evidence = view.evidence
    yield from evidence.unread
    if evidence.started_s is None:
        failed = view.events(UsersFailed)
        yield f"The users did not get ready: {failed[0].reason}" if failed else "The stage never started"
        return
    for interrupted in view.events(RunInterrupted)[:1]:
        yield f"The run recorded `{interrupted.event}` in this stage"
    for lost in view.events(WorkerLost)[:1]:
        yield lost.reason or "A process that produces the windows was lost"
    yield from _missing_intervals(view, until_s)
    yield from _missing_lines(view)
    if evidence.finished is None:
        yield "The stage has no recorded end"


def _missing_intervals(view: StageView, until_s: float) -> Iterator[str]:
    planned = math.ceil(min(view.stage.duration_s, until_s) / view.stage.interval_s - 1e-6)
    if missing := planned - sum(0 <= number < planned for number in view.aggregate.numbers):
        yield f"{counted(missing, 'interval')} of the {planned} planned are missing"
    if view.aggregate.disorder_s is not None:
        yield f"Two windows cover the same time, {duration(view.aggregate.disorder_s)} into the stage"


def _missing_lines(view: StageView) -> Iterator[str]:
    """Find series that stop: every window has a line for each series seen before, even an empty one."""
    if view.aggregate.stops:
        number, at_s = view.aggregate.stops
        yield f"{number:,} series stop {duration(at_s)} into the stage"


def _missing_requests(view: StageView, finished: StageFinished) -> Iterator[str]:
    for part in (finished, *finished.by_variant.values()):
        if part.accounted_for != part.due:
            yield f"{part.due:,} arrivals were due and {part.accounted_for:,} ended"
    counts, recorded = request_counts(view), requests_by_owner(view)
    if (missing := finished.sent - sum(recorded.values())) > 0:
        yield f"{missing:,} of {finished.sent:,} requests are missing from the histograms"
    for owner in OWNERS:
        arrivals = finished.by_variant.get(owner)
        ended, held = arrivals.answered if arrivals else 0, recorded[owner]
        # An arrival for a variant may have reached another host alone; behind a router it is nobody's then.
        elsewhere = 0 if view.plan.is_routed or owner == UNATTRIBUTED else recorded[UNATTRIBUTED]
        if (missing := ended - held - elsewhere) > 0:
            yield f"{missing:,} of {ended:,} {owner} requests are missing from the histograms"
        if (written := (finished.requests or {}).get(owner, held)) != held:
            yield f"{written:,} {owner} requests were written, and the histograms hold {held:,}"
        if counts[owner, Kind.RESPONSE] != counts[owner, Kind.SERVICE]:
            yield f"Response and service times of {owner} requests count different requests"


def request_counts(view: StageView) -> Counter[tuple[str, str]]:
    """Count the values of the whole stage by variant and kind."""
    counts: Counter[tuple[str, str]] = Counter()
    for tag, number in view.aggregate.counts.items():
        counts[tag.variant, tag.kind] += number
    return counts


def requests_by_owner(view: StageView) -> dict[str, int]:
    """Count the requests of the whole stage, successful and failed, by variant, and those of none."""
    counts = request_counts(view)
    return {owner: counts[owner, Kind.RESPONSE] + counts[owner, Kind.FAILED] for owner in OWNERS}


def requests_by_variant(view: StageView) -> dict[str, int]:
    """Count the requests of each variant, and those of none if there are any."""
    return {owner: n for owner, n in requests_by_owner(view).items() if n or owner in view.plan.variants}


def split_as_planned(view: StageView) -> Finding:
    """Judge the shares of the canary and the control: right, whoever got what is unattributed."""
    due = _due(view)
    if due.total() == 0:
        return Result.plain(Outcome.INVALID, "No arrival was sent to any variant.").of(SPLIT)
    results = [
        _share_as_planned(view, due, variant)
        for variant in view.plan.variants
        if variant is not Variant.BASELINE
    ]
    return max(results, key=lambda result: result.outcome.rank).of(SPLIT)


def _share_as_planned(view: StageView, due: Counter[str], variant: Variant) -> Result:
    total, got, unknown = due.total(), due[variant], due[UNATTRIBUTED]
    part = view.design.share_of(variant, total)
    off = max(abs(got - part * total), abs(got + unknown - part * total))
    share, planned, allowed = 100 * got / total, 100 * float(part), _allowed(view, variant, total)
    most = f" to {100 * (got + unknown) / total:.4g}%" if unknown else ""
    reason = (
        f"The {variant} got {share:.4g}%{most} of the arrivals, planned {planned:.4g}% "
        f"({float(off):,.0f} off, at most {allowed:,.0f})."
    )
    outcome = Outcome.PASS if off <= allowed else Outcome.INVALID
    return Result.fact(outcome, reason, share, planned, "%", total)


def _due(view: StageView) -> Counter[str]:
    """Count arrivals by variant; behind a router, by the variant that answered."""
    if view.evidence.finished is None or view.plan.is_routed:
        return Counter(requests_by_owner(view))
    by_variant = view.evidence.finished.by_variant
    return Counter({variant: arrivals.due for variant, arrivals in by_variant.items()})


def _allowed(view: StageView, variant: Variant, total: int) -> float:
    """Return how far a variant may be off: one block of the exact draw, or what a random router may do."""
    part = view.plan.shares_of(view.stage)[variant]
    if not view.plan.is_routed:
        return float(part.denominator)
    spread = math.sqrt(float(part * (1 - part)) * total)
    return max(1.0, -ndtri(SPLIT_RISK / 2) * spread)
