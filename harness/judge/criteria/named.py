"""The criteria with a name. The worst of their parts decides, and a part without data can't pass."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.judge.criteria.floors import missing_time
from harness.judge.criteria.growth import no_leak, no_slowing
from harness.judge.criteria.levels import critical_levels, critical_results
from harness.judge.criteria.requests import judge_requests
from harness.judge.decision import Decision
from harness.judge.finding import Result
from harness.judge.outcome import Outcome, worst
from harness.judge.stage_probes import StageProbes
from harness.judge.view import StageView
from harness.judge.windows.promises import parts_of_no_degradation
from harness.judge.words import counted
from harness.plan.criteria.criterion import Named, NamedCriterion
from harness.plan.model import Probes
from harness.plan.variant import Variant
from harness.record.events.run import TargetDown
from harness.record.probes import AlertsProbe, HealthProbe, MetricsProbe

CANARY = str(Variant.CANARY)


def judge_named(view: StageView, criterion: NamedCriterion) -> Result:
    """Judge a criterion with a name."""
    parts = {
        Named.NO_CRITICAL_ALERTS: _no_critical_alerts,
        Named.HEALTH_CHECKS_PASSING: _health_checks,
        Named.SYSTEM_STABLE: _stable,
        Named.STABLE: _stable,
        Named.NO_PERFORMANCE_DEGRADATION: _no_degradation,
        Named.SERVICE_DOWN: _not_down,
    }[criterion.name]
    results = list(parts(view))
    if missing := missing_time(view, criterion.for_s):
        results.append(_unseen(missing))
    return _joined(results)


def _joined(parts: Sequence[Result]) -> Result:
    """Join the parts: the numbers of the worst, and the reasons of all that are as bad."""
    outcome = worst(part.outcome for part in parts)
    deciding = [part for part in parts if part.outcome is outcome]
    return replace(deciding[0], reason=" ".join(dict.fromkeys(part.reason for part in deciding)))


_AGAINST = {
    Outcome.PASS: "Within the allowed change against",
    Outcome.INCONCLUSIVE: "Not decided against",
    Outcome.INVALID: "Not comparable with",
    Outcome.FAIL: "Worse than allowed against",
}


def _no_degradation(view: StageView) -> Iterator[Result]:
    """Compare p50, p95, p99 and error rate with the baseline, within the plan's tolerance."""
    parts = [judge_requests(view, criterion) for criterion in parts_of_no_degradation(view.plan)]
    outcome = worst(part.outcome for part in parts)
    deciding = [part for part in parts if part.outcome is outcome]
    # What was found first is shown: its numbers, and when.
    deciding.sort(key=lambda part: math.inf if part.decided_at_s is None else part.decided_at_s)
    if all(part.estimate.observed is None for part in deciding):
        yield deciding[0].result
        return
    changes = ", ".join(map(_change, deciding))
    # The parts share their evidence, so the explanation of the first covers them all.
    compared = f"{_AGAINST[outcome]} the {view.design.reference}"
    reason = f"{compared}: {changes}. {deciding[0].explanation}".strip()
    yield replace(deciding[0].result, reason=reason)


def _change(part: Decision) -> str:
    """Write a change and its limit: `p95 +25.3% (limit +10%)`."""
    required, observed = part.requirement, part.estimate.observed
    name = required.measure.name if required.measure else required.subject
    was = "unknown" if observed is None else required.spoken(observed)
    return f"{name} {was} (limit {required.spoken(required.limit)})"


def _no_critical_alerts(view: StageView) -> Iterator[Result]:
    """Require that no critical level of the plan is reached and, where alerts are probed, that none fires."""
    levels = critical_levels(view)
    alerts = _looks_at_alerts(view.plan.probes)
    if not levels and not alerts:
        yield _unseen("No alerts were probed; configure `probes.prometheus.alerts` or critical `levels`.")
    if levels:
        kept = f"None of {counted(len(levels), 'critical level')} was reached; 0 are allowed."
        yield from [result for _, result in critical_results(view)] or [_kept(kept, len(levels))]
    if alerts:
        yield _no_alert_fired(view.probes)


def _looks_at_alerts(probes: Probes | None) -> bool:
    return probes is not None and probes.prometheus is not None and probes.prometheus.alerts is not None


def _no_alert_fired(of_stage: StageProbes) -> Result:
    probes = of_stage.of(AlertsProbe)
    firing = sorted({name for probe in probes for name in probe.firing})
    if firing:
        reason = f"{counted(len(firing), 'critical alert')} fired, 0 allowed: {', '.join(firing[:5])}."
        return _broken(len(firing), reason, len(probes))
    if gap := of_stage.silence(probes):
        return _unseen(gap)
    if failed := sum(probe.error is not None for probe in probes):
        return _unseen(f"{failed:,} of {counted(len(probes), 'alert probe')} failed.")
    return _kept(f"No critical alert fired in {counted(len(probes), 'probe')}; 0 are allowed.", len(probes))


def _health_checks(view: StageView) -> Iterator[Result]:
    """Require that every health check of the canary passes."""
    down = [event for event in view.events(TargetDown) if event.variant == CANARY]
    if down:
        yield _broken(len(down), f"The canary was down: {down[0].reason}.", len(down))
    if view.plan.probes is None or view.plan.probes.health is None:
        yield _unseen("Health was not checked; configure `probes.health`.")
        return
    checks = view.probes.of_canary(HealthProbe)
    failed = sum(not check.ok for check in checks)
    if failed:
        reason = f"{counted(failed, 'health check')} of {len(checks)} failed, 0 allowed."
        yield _broken(failed, reason, len(checks))
    elif gap := view.probes.silence(checks):
        yield _unseen(gap)
    else:
        yield _kept(f"All {counted(len(checks), 'health check')} passed; 0 may fail.", len(checks))


def _stable(view: StageView) -> Iterator[Result]:
    """Require no restart, no failed health check, no critical level, no growth of memory and p95."""
    yield from (result for _, result in critical_results(view))
    if view.plan.probes is not None and view.plan.probes.health is not None:
        yield from _health_checks(view)
    yield _no_restart(view.probes)
    yield no_leak(view)
    yield no_slowing(view)


def _not_down(view: StageView) -> Iterator[Result]:
    yield from _health_checks(view)


def _no_restart(of_stage: StageProbes) -> Result:
    if of_stage.settings is None or of_stage.settings.metrics is None:
        return _unseen("Restarts were not observed; configure `probes.metrics`.")
    probes = of_stage.of_canary(MetricsProbe)
    if any(probe.several_processes for probe in probes):
        return _unseen(
            "The canary's metrics come from several processes behind one address, so restarts and CPU are "
            "unknown; give probes the address of one process."
        )
    counts = [probe.restarts for probe in probes if probe.restarts is not None]
    if not counts:
        return _unseen("The canary's metrics have no start time, so restarts cannot be counted.")
    if restarts := max(counts) - min(counts):
        reason = f"The canary restarted {counted(restarts, 'time')}, 0 allowed."
        return _broken(restarts, reason, len(counts))
    if gap := of_stage.silence(probes):
        return _unseen(gap)
    return _kept("The canary restarted 0 times, 0 allowed.", len(counts))


def _unseen(reason: str) -> Result:
    return Result.plain(Outcome.INCONCLUSIVE, reason)


def _broken(bad: int, reason: str, n: int) -> Result:
    return Result.count(Outcome.FAIL, bad, reason, n)


def _kept(reason: str, n: int) -> Result:
    return Result.count(Outcome.PASS, 0, reason, n)
