"""Levels of key metrics: a note where a warning level is reached, a failure where a critical one is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.judge.bound_criterion import not_reached
from harness.judge.criteria.requests import judge_requests
from harness.judge.criteria.samples import can_be_seen
from harness.judge.criteria.system import judge_system
from harness.judge.outcome import Outcome
from harness.judge.verdict import Finding
from harness.judge.view import StageView
from harness.plan.criteria.criterion import Criterion
from harness.plan.criteria.measure import MeasureKind


def judge_levels(view: StageView) -> tuple[Finding, ...]:
    """Judge the levels reached in a stage; levels that stay out of reach give no finding."""
    return tuple(critical_findings(view)) + tuple(_warnings(view))


def seen_critical_levels(view: StageView) -> list[Criterion]:
    """List the critical levels that can be seen in the stage."""
    every = (levels.critical for levels in view.plan.levels.values())
    return [level for level in every if level is not None and _can_be_seen(view, level)]


def critical_promises(view: StageView) -> list[Criterion]:
    """Write the critical levels that can be seen as what is promised: that they are not reached."""
    return [not_reached(level) for level in seen_critical_levels(view)]


def critical_findings(view: StageView) -> Iterator[Finding]:
    """Find the critical levels that were surely reached (fail) or that cannot be told (inconclusive)."""
    for level in seen_critical_levels(view):
        finding = _as_promise(view, level)
        if finding.outcome is Outcome.FAIL:
            yield finding.turned(Outcome.FAIL, "The critical level is reached.")
        elif finding.observed is None:
            yield finding
        elif _reached(level, finding):
            yield finding.turned(Outcome.INCONCLUSIVE, "The critical level is reached, though not surely.")


def _warnings(view: StageView) -> Iterator[Finding]:
    for level in (levels.warning for levels in view.plan.levels.values()):
        if level is None or not _can_be_seen(view, level):
            continue
        finding = _as_promise(view, level)
        if finding.observed is not None and _reached(level, finding):
            reason = (
                f"{finding.reason.partition(';')[0].partition(', but')[0].rstrip('.')}: the warning level is "
                f"reached (limit {finding.limit:g}{finding.unit}). A warning alone does not fail a stage."
            )
            yield replace(finding, criterion=f"warning: {level.text}", outcome=Outcome.PASS, reason=reason)


def _can_be_seen(view: StageView, level: Criterion) -> bool:
    """Whether the plan asks for what the level is about, and the stage sends it requests."""
    if level.measure.is_of_requests:
        return level.measure.kind is MeasureKind.THROUGHPUT or view.stage.weight > 0
    return can_be_seen(view, level.measure)


def _as_promise(view: StageView, level: Criterion) -> Finding:
    """Judge the promise that a level is not reached."""
    promise = not_reached(level)
    return judge_requests(view, promise) if level.measure.is_of_requests else judge_system(view, promise)


def _reached(level: Criterion, finding: Finding) -> bool:
    if finding.observed is None or finding.limit is None:
        return False
    return level.op.holds(finding.observed, finding.limit)
