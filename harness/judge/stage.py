"""The verdict on one stage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.judge.accounts import all_accounted_for, requests_by_variant, split_as_planned
from harness.judge.alarms import gross_of, gross_regression
from harness.judge.budget import Budget
from harness.judge.early import GROSS_REGRESSION
from harness.judge.generator import (
    achieved_per_s,
    dropped_arrivals,
    generator_on_time,
    lateness_us,
    load_delivered,
)
from harness.judge.levels import judge_levels
from harness.judge.named import judge_named
from harness.judge.outcome import Outcome, worst
from harness.judge.requests import judge_requests
from harness.judge.soundness import judge_soundness
from harness.judge.system import judge_system
from harness.judge.triggers import first_trigger
from harness.judge.verdict import ErrorBudget, Finding, StageVerdict
from harness.judge.view import StageView
from harness.judge.words import PERCENT, duration
from harness.plan.criterion import AnyCriterion, NamedCriterion
from harness.plan.model import Plan
from harness.record.evidence import StageEvidence


def judge_stage(plan: Plan, evidence: StageEvidence) -> StageVerdict:
    """Judge one stage by its criteria and by the soundness of its evidence."""
    view = StageView(plan, evidence)
    on_time = generator_on_time(view)
    if on_time.outcome is Outcome.INVALID:
        view = replace(view, late=True)
    findings = (
        *_promises(view),
        *judge_levels(view),
        *_fired(view),
        *_gross(view),
        *judge_soundness(view),
        on_time,
        load_delivered(view),
        all_accounted_for(view),
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
    )


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


def _fired(view: StageView) -> Iterator[Finding]:
    """Report rollback triggers that fired: by this evidence, or while the run went on."""
    fired = first_trigger(view.plan, view.evidence)
    if fired:
        yield Finding.plain(fired.trigger, Outcome.FAIL, fired.reason)
    for event in view.events("trigger_fired"):
        if fired is None or event["trigger"] != fired.trigger:
            reason = f"The rollback trigger `{event['trigger']}` fired in the run; it must not."
            yield Finding.plain(event["trigger"], Outcome.FAIL, reason)


def _gross(view: StageView) -> Iterator[Finding]:
    """Report the built-in alarm, when it sounded."""
    alarm = gross_regression(view)
    if alarm is None:
        return
    limit = PERCENT.spoken(gross_of(view), "+")
    reason = (
        f"{duration(alarm.at_s)} into the stage the canary's p95 was surely more than {limit} above "
        f"the baseline's, limit {limit}."
    )
    yield Finding.plain(GROSS_REGRESSION, Outcome.INVALID if view.late else Outcome.FAIL, reason)
