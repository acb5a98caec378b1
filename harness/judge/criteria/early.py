"""Ending a stage before its time: the first moment at which it could only fail.

A sequential test may find a criterion broken while the stage runs. And some facts decide at once, without
statistics, because nothing later in the stage can undo them: a failed health check, a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from harness.judge.criteria.levels import critical_levels
from harness.judge.finding import Subject
from harness.judge.stage_probes import StageProbes
from harness.judge.verdict import EarlyFail
from harness.judge.view import StageView
from harness.judge.words import unit_of
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import Criterion, Named, NamedCriterion
from harness.plan.criteria.measure import MeasureKind
from harness.plan.variant import Variant
from harness.record.probes import AlertsProbe, HealthProbe, MetricsProbe

Fact = tuple[float, str]
"""The run time of the first record that breaks a criterion, and what it says in a sentence."""
Sign = Callable[[StageProbes], Fact | None]


def early_fails(view: StageView) -> list[EarlyFail]:
    """List what could only fail before the end, the first one first."""
    broken = view.aggregate.watch.early_fail
    return sorted([*lasting_facts(view), *((broken,) if broken else ())], key=lambda fail: fail.at_s)


def lasting_facts(view: StageView) -> Iterator[EarlyFail]:
    """Find for each criterion and critical level the moment from which it could only fail."""
    for subject, found in _facts(view):
        if found is not None:
            run_time_s, reason = found
            at_s = max(0.0, run_time_s - (view.evidence.started_s or 0.0))
            yield EarlyFail.of(subject, at_s, reason)


def _facts(view: StageView) -> Iterator[tuple[Subject, Fact | None]]:
    for criterion in view.stage.criteria:
        subject = Subject.of_criterion(criterion.text)
        match criterion:
            case NamedCriterion(name=name):
                yield from ((subject, sign(view.probes)) for sign in _SIGNS.get(name, ()))
            case Criterion(for_s=None):
                yield subject, _too_much_memory(view.probes, criterion)
    for seen in critical_levels(view):
        yield seen.subject, _too_much_memory(view.probes, seen.avoided)


def _alert_fired(probes: StageProbes) -> Fact | None:
    for probe in probes.of(AlertsProbe):
        if probe.firing:
            return probe.t_s, f"The critical alert {probe.firing[0]} fired, 0 are allowed."
    return None


def _was_unhealthy(probes: StageProbes) -> Fact | None:
    for probe in probes.of_canary(HealthProbe):
        if not probe.ok:
            return probe.t_s, f"A health check of the canary failed: {probe.error}."
    return None


def _restarted(probes: StageProbes) -> Fact | None:
    counts = [
        (probe.t_s, probe.restarts) for probe in probes.of_canary(MetricsProbe) if probe.restarts is not None
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


def _too_much_memory(probes: StageProbes, criterion: Criterion) -> Fact | None:
    """Find the first sample beyond a limit on memory, which is judged by its highest value."""
    if criterion.measure.kind is not MeasureKind.MEMORY or not criterion.op.bounds_above:
        return None
    if not isinstance(criterion.limit, Absolute):
        return None
    limit = criterion.limit.value
    for run_time_s, value in probes.readings(criterion.measure, Variant.CANARY):
        if value is not None and criterion.op.opposite.holds(value, limit):
            unit = unit_of(criterion.measure, limit)
            was = f"The canary's memory was {unit.spoken(value)}"
            return run_time_s, f"{was}, limit {unit.spoken(limit)}."
    return None
