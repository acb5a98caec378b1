"""The verdict on one stage."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace

from harness.judge.criteria.early import early_fails
from harness.judge.criteria.endpoints import judge_endpoints
from harness.judge.criteria.gross_regression import gross_regression
from harness.judge.criteria.levels import judge_levels
from harness.judge.criteria.named import judge_named
from harness.judge.criteria.plateaus import judged_plateaus
from harness.judge.criteria.requests import judge_requests
from harness.judge.criteria.system import judge_system
from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome, worst
from harness.judge.planning.error_budget import error_budget
from harness.judge.triggers.fired import judge_triggers
from harness.judge.validity.accounts import requests_by_variant
from harness.judge.validity.buckets import within_buckets
from harness.judge.validity.checks import checks_of
from harness.judge.validity.cross_checks import cross_checked
from harness.judge.validity.generator import (
    achieved_per_s,
    dropped_arrivals,
    lateness_us,
)
from harness.judge.validity.instances import compared_with_itself, fresh_instances, replaced_processes
from harness.judge.validity.load_test import load_test_works, load_tests_word, told_by_the_load_test
from harness.judge.validity.responses.common_failure import something_works, unwell_reference
from harness.judge.validity.responses.redirects import like_redirects
from harness.judge.validity.responses.sizes import like_sizes
from harness.judge.validity.responses.unattributed import held_against
from harness.judge.validity.soundness import judge_soundness
from harness.judge.verdict import EarlyFail, StageVerdict
from harness.judge.view import StageView
from harness.plan.criteria.criterion import AnyCriterion, NamedCriterion
from harness.plan.model import Plan
from harness.record.evidence import StageEvidence


def judge_stage(plan: Plan, evidence: StageEvidence) -> StageVerdict:
    """Judge one stage by its criteria and by the soundness of its evidence."""
    return judge_view(StageView(plan, evidence))


def judge_view(view: StageView) -> StageVerdict:
    """Judge a stage that may have been looked at before."""
    fails = early_fails(view)
    dated = tuple(_dated(finding, fails) for finding in _promises(view))
    shown = tuple(within_buckets(view, dated, _promises))
    of_service = tuple(told_by_the_load_test(view, held_against(view, shown, _promises)))
    untried = (*load_test_works(view), *something_works(view))
    # From the moment on at which the stage could not pass any more, nothing needs to be recorded.
    failed = (found for found in of_service if found.outcome is Outcome.FAIL)
    lost_s = (found.decided_at_s for found in (*failed, *untried))
    until_s = min((at_s for at_s in lost_s if at_s is not None), default=math.inf)
    findings = (
        *of_service,
        *untried,
        *(check(view, until_s) for check in checks_of(view.evidence.source)),
        *cross_checked(view),
        *judge_soundness(view),
        *load_tests_word(view),
        *unwell_reference(view),
        *like_sizes(view),
        *like_redirects(view),
        *judged_plateaus(view),
        *fresh_instances(view, of_service),
        *replaced_processes(view),
        *compared_with_itself(view),
    )
    return StageVerdict(
        name=view.stage.name,
        weight=float(view.stage.weight),
        outcome=worst(finding.outcome for finding in findings),
        requests=requests_by_variant(view),
        planned_rate=view.plan.rate_of(view.stage),
        achieved_rate=achieved_per_s(view),
        lateness_us=lateness_us(view),
        dropped=dropped_arrivals(view),
        findings=findings,
        error_budget=error_budget(view.design),
        early_fail=fails[0] if fails else None,
    )


def _promises(view: StageView) -> tuple[Finding, ...]:
    found = judge_criteria, judge_levels, judge_triggers, gross_regression, judge_endpoints
    return tuple(finding for findings_of in found for finding in findings_of(view))


def _dated(finding: Finding, fails: Iterable[EarlyFail]) -> Finding:
    """Add when a finding failed, if an early fail decided it."""
    if finding.outcome is not Outcome.FAIL or finding.decided_at_s is not None:
        return finding
    at_s = next((fail.at_s for fail in fails if fail.id == finding.id), None)
    return replace(finding, decided_at_s=at_s)


def judge_criteria(view: StageView) -> Iterator[Finding]:
    """Judge the criteria of a stage and of its endpoints."""
    # A criterion that the plan states twice is judged once.
    for criterion in dict.fromkeys(view.stage.criteria):
        yield judge_criterion(view, criterion)
    for endpoint, criteria in view.stage.endpoints.items():
        for criterion in dict.fromkeys(criteria):
            yield judge_criterion(view, criterion, endpoint)


def judge_criterion(view: StageView, criterion: AnyCriterion, endpoint: str | None = None) -> Finding:
    """Judge one criterion of any kind, of all endpoints or one."""
    return _result(view, criterion, endpoint).of(Subject.of_criterion(criterion.text, endpoint))


def _result(view: StageView, criterion: AnyCriterion, endpoint: str | None) -> Result:
    if isinstance(criterion, NamedCriterion):
        return judge_named(view, criterion)
    if criterion.measure.is_of_requests:
        return judge_requests(view, criterion, endpoint).result
    return judge_system(view, criterion).result
