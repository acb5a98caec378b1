"""The verdict on one stage."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

from harness.judge.criteria.early import early_fail_in
from harness.judge.criteria.levels import judge_levels
from harness.judge.criteria.named import judge_named
from harness.judge.criteria.requests import judge_requests
from harness.judge.criteria.system import judge_system
from harness.judge.criteria.triggers import TriggerFired, first_fired
from harness.judge.outcome import Outcome, worst
from harness.judge.sequential.alarms import gross_of
from harness.judge.sequential.watch import GROSS_REGRESSION
from harness.judge.validity.accounts import all_accounted_for, requests_by_variant, split_as_planned
from harness.judge.validity.generator import (
    achieved_per_s,
    dropped_arrivals,
    generator_on_time,
    lateness_us,
    load_delivered,
)
from harness.judge.validity.soundness import judge_soundness
from harness.judge.verdict import EarlyFail, ErrorBudget, Finding, StageVerdict
from harness.judge.view import StageView
from harness.judge.windows.budget import Budget
from harness.judge.words import PERCENT, duration
from harness.plan.criteria.change import Ratio
from harness.plan.criteria.compare import Op
from harness.plan.criteria.criterion import AnyCriterion, Criterion, NamedCriterion
from harness.plan.criteria.measure import measure_named
from harness.plan.model import Plan
from harness.record.evidence import StageEvidence


def judge_stage(plan: Plan, evidence: StageEvidence) -> StageVerdict:
    """Judge one stage by its criteria and by the soundness of its evidence."""
    return judge_view(StageView(plan, evidence))


def judge_view(view: StageView) -> StageVerdict:
    """Judge a stage that may have been looked at before."""
    early, fired = early_fail_in(view), first_fired(view, view.aggregate.moments)
    of_service = (*_promises(view), *judge_levels(view), *_fired(view, fired), *_gross(view))
    until_s = _needed_until_s(view, of_service, early, fired)
    findings = (
        *of_service,
        *judge_soundness(view),
        generator_on_time(view),
        load_delivered(view, until_s),
        all_accounted_for(view, until_s),
        split_as_planned(view),
    )
    return StageVerdict(
        name=view.stage.name,
        weight=float(view.stage.weight),
        outcome=worst(finding.outcome for finding in findings),
        requests=requests_by_variant(view),
        planned_rate=view.planned_per_s,
        achieved_rate=achieved_per_s(view),
        lateness_us=lateness_us(view),
        dropped=dropped_arrivals(view),
        findings=findings,
        error_budget=_error_budget(view.budget),
        early_fail=early,
    )


def _needed_until_s(
    view: StageView, findings: Iterable[Finding], early: EarlyFail | None, fired: TriggerFired | None
) -> float:
    """Return the second of the stage from which on nothing needs to be recorded: it had failed before."""
    if all(finding.outcome.rank < Outcome.INVALID.rank for finding in findings):
        return math.inf
    started_s = view.evidence.started_s or 0.0
    in_the_run = [float(event["t_s"]) - started_s for event in view.events("trigger_fired")]
    return min([*(each.at_s for each in (early, fired) if each), *in_the_run], default=math.inf)


def _error_budget(budget: Budget) -> ErrorBudget:
    return ErrorBudget(budget.alpha, budget.criteria, budget.ends, budget.early, budget.final)


def _promises(view: StageView) -> Iterator[Finding]:
    for criterion in view.stage.criteria:
        yield judge_criterion(view, criterion)
    for endpoint, criteria in view.stage.endpoints.items():
        for criterion in criteria:
            yield judge_criterion(view, criterion, endpoint)


def judge_criterion(view: StageView, criterion: AnyCriterion, endpoint: str | None = None) -> Finding:
    """Judge one criterion of any sort, of all endpoints or one."""
    if isinstance(criterion, NamedCriterion):
        return judge_named(view, criterion)
    if criterion.measure.is_of_requests:
        return judge_requests(view, criterion, endpoint)
    return judge_system(view, criterion)


def _fired(view: StageView, fired: TriggerFired | None) -> Iterator[Finding]:
    """Report rollback triggers that fired: by this evidence, or while the run went on."""
    if fired:
        yield Finding.count(fired.trigger, Outcome.FAIL, 1, fired.reason, len(view.aggregate.moments))
    for event in view.events("trigger_fired"):
        if fired is None or event["trigger"] != fired.trigger:
            reason = "The rollback trigger fired in the run; it must not."
            yield Finding.count(event["trigger"], Outcome.FAIL, 1, reason, len(view.aggregate.moments))


def _gross(view: StageView) -> Iterator[Finding]:
    """Report the built-in alarm, when it sounded."""
    alarm_s = view.aggregate.watch.alarms_s.get(None)
    if alarm_s is None:
        return
    gross = gross_of(view.design)
    promised = Criterion(GROSS_REGRESSION, measure_named("p95"), Op.LE, Ratio(gross))
    limit = PERCENT.spoken(gross, "+")
    reason = (
        f"{duration(alarm_s)} into the stage the canary's p95 was surely more than {limit} above "
        f"the baseline's, limit {limit}."
    )
    outcome = Outcome.INVALID if view.late else Outcome.FAIL
    yield replace(judge_requests(view, promised), outcome=outcome, reason=reason)
