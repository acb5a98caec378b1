"""What nothing later in a stage can mend: a probe that saw it once decides, without statistics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.judge.criteria.levels import critical_levels
from harness.judge.criteria.samples import timed_samples
from harness.judge.finding import Subject
from harness.judge.verdict import EarlyFail
from harness.judge.view import StageView
from harness.judge.words import unit_of
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import Criterion, Named, NamedCriterion
from harness.plan.criteria.measure import MeasureKind
from harness.plan.variant import Variant

Sign = Callable[[StageView], tuple[float, str] | None]
"""Finds the first record that breaks a criterion: its run time, and what it says in a sentence."""


def lasting_facts(view: StageView) -> Iterator[EarlyFail]:
    """Find for each criterion and critical level the moment from which it could only fail."""
    for criterion in view.stage.criteria:
        subject = Subject.of_criterion(criterion.text)
        match criterion:
            case NamedCriterion(name=name):
                for sign in _SIGNS.get(name, ()):
                    yield from _first(view, subject, sign(view))
            case Criterion(for_s=None):
                yield from _first(view, subject, _too_much_memory(view, criterion))
    for seen in critical_levels(view):
        yield from _first(view, seen.subject, _too_much_memory(view, seen.promise))


def _first(view: StageView, subject: Subject, found: tuple[float, str] | None) -> Iterator[EarlyFail]:
    if found is not None:
        run_time_s, reason = found
        at_s = max(0.0, run_time_s - (view.evidence.started_s or 0.0))
        yield EarlyFail.of(subject, at_s, reason)


def _alert_fired(view: StageView) -> tuple[float, str] | None:
    for record in view.probes("alerts"):
        if record["firing"]:
            return float(record["t_s"]), f"The critical alert {record['firing'][0]} fired, 0 are allowed."
    return None


def _was_unhealthy(view: StageView) -> tuple[float, str] | None:
    for record in _of_canary(view, "health"):
        if not record["ok"]:
            return float(record["t_s"]), f"A health check of the canary failed: {record['error']}."
    return None


def _restarted(view: StageView) -> tuple[float, str] | None:
    counts = [
        (float(record["t_s"]), int(record["restarts"]))
        for record in _of_canary(view, "metrics")
        if record["restarts"] is not None
    ]
    for run_time_s, restarts in counts:
        if restarts != counts[0][1]:
            return run_time_s, "The canary restarted, 0 restarts are allowed."
    return None


_SIGNS: Mapping[Named, tuple[Sign, ...]] = {
    Named.NO_CRITICAL_ALERTS: (_alert_fired,),
    Named.HEALTH_CHECKS_PASSING: (_was_unhealthy,),
    Named.SYSTEM_STABLE: (_was_unhealthy, _restarted),
    Named.STABLE: (_was_unhealthy, _restarted),
}


def _of_canary(view: StageView, kind: str) -> tuple[Mapping[str, Any], ...]:
    return view.probes(kind, variant=str(Variant.CANARY))


def _too_much_memory(view: StageView, promise: Criterion) -> tuple[float, str] | None:
    """Find the first sample beyond a limit on memory, which is judged by its highest value."""
    if promise.measure.kind is not MeasureKind.MEMORY or not promise.op.bounds_above:
        return None
    if not isinstance(promise.limit, Absolute):
        return None
    limit = promise.limit.value
    for run_time_s, value in timed_samples(view, promise.measure, Variant.CANARY):
        if promise.op.opposite.holds(value, limit):
            unit = unit_of(promise.measure, limit)
            was = f"The canary's memory was {unit.spoken(value)}"
            return run_time_s, f"{was}, limit {unit.spoken(limit)}."
    return None
