"""Absolute limits that the baseline breaks as well."""

import pytest

from harness.judge.outcome import Outcome
from harness.judge.sequential.watch import GROSS_REGRESSION
from harness.judge.stage import judge_stage
from tests.judge.judged import finding
from tests.judge.looks import early_fail
from tests.judge.simulator import Conditions, lognormal, plan_of, simulate

FAILING = {"baseline": lognormal(error_rate=0.08), "canary": lognormal(error_rate=0.08)}
SLOW = {"baseline": lognormal(scale=10.0), "canary": lognormal(scale=10.0)}


@pytest.mark.parametrize(
    ("criterion", "services"),
    [("error rate < 5%", FAILING), ("p95 < 150ms", SLOW), ("mean < 100ms", SLOW), ("max < 100ms", SLOW)],
)
def test_a_limit_that_equal_variants_break_is_not_decided(criterion, services):
    plan = plan_of([criterion])
    verdict = judge_stage(plan, simulate(plan, **services))
    found = finding(verdict, criterion)
    assert (found.outcome, verdict.outcome) == (Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE)
    assert "The baseline breaks the limit as well" in found.reason
    assert early_fail(plan, simulate(plan, **services)) is None


def test_a_canary_that_is_worse_than_a_bad_baseline_fails():
    plan = plan_of(["error rate < 5%"])
    services = {**FAILING, "canary": lognormal(error_rate=0.2)}
    found = finding(judge_stage(plan, simulate(plan, **services)), "error rate < 5%")
    assert found.outcome is Outcome.FAIL
    assert found.reason.endswith("%), but the canary is worse.")


@pytest.mark.parametrize("weight", ["5%", "50%"])
@pytest.mark.parametrize("rate", [0.04, 0.08, 0.3])
def test_equal_variants_with_errors_are_no_gross_regression(weight, rate):
    plan = plan_of(["error rate < 50%"], weight=weight, rate="500/s")
    for seed in range(4):
        both = lognormal(error_rate=rate)
        verdict = judge_stage(plan, simulate(plan, seed=seed, canary=both, baseline=both))
        assert GROSS_REGRESSION.id not in {each.id for each in verdict.findings}


def test_failures_that_only_the_canary_has_are_a_gross_regression():
    plan = plan_of(["p95 < 500ms"])
    verdict = judge_stage(plan, simulate(plan, canary=lognormal(error_rate=0.2)))
    assert finding(verdict, GROSS_REGRESSION).outcome is Outcome.FAIL


def test_a_critical_level_that_equal_variants_reach_is_not_decided():
    plan = plan_of(["error rate < 50%"], levels={"error rate": {"warning": "> 1%", "critical": "> 5%"}})
    verdict = judge_stage(plan, simulate(plan, conditions=Conditions(), **FAILING))
    level = finding(verdict, "critical: error rate > 5%")
    assert level.outcome is Outcome.INCONCLUSIVE
    assert "bounds do not confirm" not in level.reason
