"""The criteria with a name. Each is made of parts; the worst part decides, and nothing unseen passes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from harness.judge.bound_criterion import parts_of_no_degradation
from harness.judge.criteria.floors import MIN_BLOCKS, missing_time_of
from harness.judge.criteria.levels import critical_findings, seen_critical_levels
from harness.judge.criteria.requests import judge_requests
from harness.judge.criteria.samples import samples_of, silence
from harness.judge.decision import UNDECIDED, Question, decide
from harness.judge.outcome import Outcome, worst
from harness.judge.stats.bounds import Risks
from harness.judge.stats.noise import Floats
from harness.judge.stats.trend import growth_estimate
from harness.judge.verdict import Finding
from harness.judge.view import LATE, StageView
from harness.judge.words import PERCENT, counted
from harness.plan.criteria.compare import Op
from harness.plan.criteria.criterion import Named, NamedCriterion
from harness.plan.criteria.measure import measure_named
from harness.plan.model import Plan
from harness.plan.variant import Variant
from harness.record.histograms.tag import Kind

CANARY = str(Variant.CANARY)


def judge_named(view: StageView, criterion: NamedCriterion) -> Finding:
    """Judge a criterion with a name."""
    parts = {
        Named.NO_CRITICAL_ALERTS: _no_critical_alerts,
        Named.HEALTH_CHECKS_PASSING: _health_checks,
        Named.SYSTEM_STABLE: _stable,
        Named.STABLE: _stable,
        Named.NO_PERFORMANCE_DEGRADATION: _no_degradation,
        Named.SERVICE_DOWN: _not_down,
    }[criterion.name]
    findings = list(parts(view))
    if missing := missing_time_of(view, criterion.for_s):
        findings.append(Finding.plain(criterion.text, Outcome.INCONCLUSIVE, missing))
    return _joined(criterion.text, findings)


def _joined(text: str, parts: Sequence[Finding]) -> Finding:
    """Join the parts: the numbers of the worst, and the reasons of all that are as bad."""
    deciding = _worst_of(parts)
    reason = " ".join(dict.fromkeys(part.reason for part in deciding))
    return replace(deciding[0], criterion=text, reason=reason)


def _worst_of(parts: Sequence[Finding]) -> list[Finding]:
    outcome = worst(part.outcome for part in parts)
    return [part for part in parts if part.outcome is outcome]


_AGAINST_BASELINE = {
    Outcome.PASS: "Within what is allowed against the baseline",
    Outcome.INCONCLUSIVE: "Not decided against the baseline",
    Outcome.INVALID: "Not to be trusted against the baseline",
    Outcome.FAIL: "Worse than allowed against the baseline",
}


def _no_degradation(view: StageView) -> Iterator[Finding]:
    """Compare p50, p95, p99 and error rate with the baseline, within the plan's tolerance."""
    criteria = tuple(parts_of_no_degradation(view.plan))
    findings = [judge_requests(view, criterion) for criterion in criteria]
    deciding = _worst_of(findings)
    if all(part.observed is None for part in deciding):
        yield deciding[0]
        return
    changes = ", ".join(
        f"{criterion.measure.name} {_change(finding)}"
        for criterion, finding in zip(criteria, findings, strict=True)
        if finding in deciding
    )
    # What one part lacks or shows, they all do; once is enough.
    more = [part.reason.partition(". ")[2] for part in deciding]
    reason = f"{_AGAINST_BASELINE[deciding[0].outcome]}: {changes}. {max(more, key=len).partition('. ')[0]}"
    yield replace(deciding[0], reason=reason.strip().removesuffix(".") + ".")


def _change(finding: Finding) -> str:
    """Write a change and its limit: `+25.3% (limit +10%)`."""
    was = "unknown" if finding.observed is None else f"{finding.observed:+.3g}{finding.unit}"
    return f"{was} (limit {finding.limit:+.3g}{finding.unit})"


def _no_critical_alerts(view: StageView) -> Iterator[Finding]:
    """Require that no critical level of the plan is reached and, where alerts are probed, that none fires."""
    levels = seen_critical_levels(view)
    alerts = _looks_at_alerts(view.plan)
    if not levels and not alerts:
        yield _unseen("Nobody looked; configure `probes.prometheus.alerts` or critical `levels`.")
    if levels:
        kept = f"None of {counted(len(levels), 'critical level')} was reached; 0 are allowed."
        yield from tuple(critical_findings(view)) or (_kept(kept, len(levels)),)
    if alerts:
        yield _no_alert_fired(view)


def _looks_at_alerts(plan: Plan) -> bool:
    probes = plan.probes
    return probes is not None and probes.prometheus is not None and probes.prometheus.alerts is not None


def _no_alert_fired(view: StageView) -> Finding:
    records = view.probes("alerts")
    firing = sorted({name for record in records for name in record["firing"]})
    if firing:
        reason = f"{counted(len(firing), 'critical alert')} fired, 0 allowed: {', '.join(firing[:5])}."
        return _broken(len(firing), reason, len(records))
    if gap := silence(view, records, view.evidence.started_s or 0.0):
        return _unseen(gap)
    if failed := sum(record["error"] is not None for record in records):
        return _unseen(f"{counted(failed, 'look')} of {len(records)} at the alerts failed.")
    return _kept(f"No critical alert fired in {counted(len(records), 'look')}; 0 are allowed.", len(records))


def _health_checks(view: StageView) -> Iterator[Finding]:
    """Require that every health check of the canary passes."""
    down = [event for event in view.events("target_down") if event["variant"] == CANARY]
    if down:
        yield _broken(len(down), f"The canary was down: {down[0]['reason']}.", len(down))
    if view.plan.probes is None or view.plan.probes.health is None:
        yield _unseen("No health was checked; configure `probes.health`.")
        return
    records = view.probes("health", variant=CANARY)
    failed = sum(not record["ok"] for record in records)
    if failed:
        reason = f"{counted(failed, 'health check')} of {len(records)} failed, 0 allowed."
        yield _broken(failed, reason, len(records))
    elif gap := silence(view, records, view.evidence.started_s or 0.0):
        yield _unseen(gap)
    else:
        yield _kept(f"All {counted(len(records), 'health check')} passed; 0 may fail.", len(records))


def _stable(view: StageView) -> Iterator[Finding]:
    """Require no restart, no failed health check, no critical level, no growth of memory and p95."""
    yield from critical_findings(view)
    if view.plan.probes is not None and view.plan.probes.health is not None:
        yield from _health_checks(view)
    yield _no_restart(view)
    yield _no_leak(view)
    yield _no_slowing(view)


def _not_down(view: StageView) -> Iterator[Finding]:
    yield from _health_checks(view)


def _no_restart(view: StageView) -> Finding:
    if view.plan.probes is None or view.plan.probes.metrics is None:
        return _unseen("Restarts cannot be seen; configure `probes.metrics`.")
    records = view.probes("metrics", variant=CANARY)
    counts = [int(record["restarts"]) for record in records if record["restarts"] is not None]
    if not counts:
        return _unseen("The canary's metrics do not tell when it started, so restarts cannot be seen.")
    if restarts := max(counts) - min(counts):
        reason = f"The canary restarted {counted(restarts, 'time')}, 0 allowed."
        return _broken(restarts, reason, len(counts))
    if gap := silence(view, records, view.evidence.started_s or 0.0):
        return _unseen(gap)
    return _kept("The canary restarted 0 times, 0 allowed.", len(counts))


def _no_leak(view: StageView) -> Finding:
    samples = samples_of(view, measure_named("memory"), Variant.CANARY)
    # The first samples show a process filling its caches, which is no leak.
    settled = samples.values[len(samples.values) // 5 :]
    return _no_growth(view, "memory", settled, samples.missing)


def _no_slowing(view: StageView) -> Finding:
    responses = [block[Kind.RESPONSE] for block in view.blocks.merged.even.canary.blocks]
    p95_us = [response.quantile_us(0.95) for response in responses if response.total]
    finding = _no_growth(view, "p95", np.array(p95_us, dtype=np.float64), None)
    late = view.late and finding.outcome is Outcome.FAIL
    return finding.turned(Outcome.INVALID, LATE) if late else finding


def _no_growth(view: StageView, what: str, values: Floats, missing: str | None) -> Finding:
    """Fail on sure growth beyond the tolerance. A stage cannot prove that nothing will ever grow."""
    tolerance = view.plan.judge.tolerance
    risk = view.budget.final
    estimate = growth_estimate(values, Risks(lower=risk, upper=risk))
    question = Question(what, f"Growth of the canary's {what} over the stage", Op.LE, tolerance, PERCENT, "+")
    finding = decide(question, estimate)
    if finding.outcome is Outcome.FAIL:
        return finding
    if missing or estimate.n < MIN_BLOCKS:
        lacking = MIN_BLOCKS - estimate.n
        return finding.turned(Outcome.INCONCLUSIVE, missing or f"{counted(lacking, 'more value')} needed.")
    return replace(finding, outcome=Outcome.PASS, reason=finding.reason.removesuffix(UNDECIDED).strip())


def _unseen(reason: str) -> Finding:
    return Finding.plain("", Outcome.INCONCLUSIVE, reason)


def _broken(bad: int, reason: str, n: int) -> Finding:
    return Finding.count("", Outcome.FAIL, bad, reason, n)


def _kept(reason: str, n: int) -> Finding:
    return Finding.count("", Outcome.PASS, 0, reason, n)
