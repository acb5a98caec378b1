"""Alarms while a stage grows."""

from harness.judge.outcome import Outcome
from harness.judge.sequential.aggregate import aggregate_of
from harness.judge.sequential.watch import GROSS_REGRESSION
from harness.judge.stage import judge_stage
from harness.judge.view import StageView
from tests.judge.judged import finding
from tests.judge.simulator import lognormal, plan_of, simulate


def test_a_gross_regression_fails_even_where_no_criterion_asks():
    plan = plan_of(["error rate < 1%"])
    verdict = judge_stage(plan, simulate(plan, canary=lognormal(scale=2.0)))
    assert finding(verdict, GROSS_REGRESSION).outcome is Outcome.FAIL


def test_what_looks_found_remains_when_the_stage_is_over():
    plan = plan_of(["p95 < 60ms"])
    view = StageView(plan, simulate(plan, canary=lognormal(scale=2.0)))
    watch = aggregate_of(view.design, view.evidence).watch
    assert [each.bound.criterion.text for each in watch.broken.values()] == ["p95 < 60ms"]
    assert watch.early_fail is not None
