"""Alarms while a stage grows."""

from harness.judge.outcome import Outcome
from harness.judge.sequential.watch import GROSS_REGRESSION
from harness.judge.stage import judge_stage
from tests.judge.judged import finding
from tests.judge.simulator import lognormal, plan_of, simulate


def test_a_gross_regression_fails_even_where_no_criterion_asks():
    plan = plan_of(["error rate < 1%"])
    verdict = judge_stage(plan, simulate(plan, canary=lognormal(scale=2.0)))
    assert finding(verdict, GROSS_REGRESSION).outcome is Outcome.FAIL
