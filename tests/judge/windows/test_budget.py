"""How the risk of a stage is shared."""

from dataclasses import replace

import pytest

from harness.judge.outcome import Outcome
from harness.judge.planning.error_budget import error_budget
from harness.judge.stage import judge_stage
from harness.judge.windows.budget import WHOLE
from harness.judge.windows.design import StageDesign
from harness.record.events.stage import StageExtended
from tests.judge.judged import PROBES
from tests.judge.simulator import plan_of, simulate


def test_the_verdict_says_how_the_error_budget_was_divided():
    criteria = ["error rate < 1%", "p95 <= baseline + 10%", "no performance degradation", "cpu < 80%"]
    plan = plan_of(criteria, probes=PROBES)
    budget = judge_stage(plan, simulate(plan)).error_budget
    assert (budget.alpha, budget.comparisons, budget.ends) == (0.01, 5, 1)
    shares = {share.what: (share.tests, share.each) for share in budget.shares}
    assert shares["criteria, all looks and the whole stage"] == (5, budget.each_look)
    assert shares["criteria, last parts of the stage"][0] == 5
    assert 0.5 * budget.each_look < budget.each_end < 0.9 * budget.each_look
    assert shares["built-in alarm"] == (1, pytest.approx(0.0004))


@pytest.mark.parametrize("on_inconclusive", ["hold", "extend"])
@pytest.mark.parametrize("weight", ["50%", "100%"])
def test_nothing_that_may_fail_a_good_canary_by_chance_is_left_out_of_the_budget(weight, on_inconclusive):
    criteria = [
        "error rate < 1%",
        "p95 < 1s",
        "no performance degradation",
        "system stable",
        "cpu < baseline + 10%",
    ]
    stage = {"name": "canary", "weight": weight, "duration": "120s", "interval": "2s", "criteria": criteria}
    plan = plan_of([], stages=[{**stage, "on_inconclusive": on_inconclusive}], probes=PROBES)
    budget = error_budget(StageDesign(plan, plan.stages[0]))
    assert any(share.what == "growth of memory and p95" for share in budget.shares)
    assert (
        0.7 * budget.alpha < sum(share.tests * share.each for share in budget.shares) <= budget.alpha * 1.0001
    )


def test_a_stage_that_may_be_extended_shares_its_end_among_three():
    stage = {
        "name": "canary",
        "weight": "50%",
        "duration": "120s",
        "interval": "2s",
        "criteria": ["p95 < 1s"],
    }
    plan = plan_of([], stages=[{**stage, "on_inconclusive": "extend"}])
    verdict = judge_stage(plan, simulate(plan))
    assert verdict.outcome is Outcome.PASS
    plan_without = plan_of([], stages=[stage])
    alone = judge_stage(plan_without, simulate(plan_without)).error_budget
    assert verdict.error_budget.each_look == pytest.approx(alone.each_look)
    assert 0.3 * alone.each_end < verdict.error_budget.each_end < 0.35 * alone.each_end


def test_what_a_stage_has_no_use_for_is_left_to_its_criteria():
    def each(criteria, weight="50%"):
        plan = plan_of(criteria, weight=weight, probes=PROBES)
        return StageDesign(plan, plan.stages[0]).budget.whole

    assert each(["p95 < 1s", "system stable"]) == pytest.approx(0.01 * WHOLE)
    assert each(["p95 < 1s"]) > 0.01 * WHOLE
    assert each(["p95 < 1s"], weight="100%") > each(["p95 < 1s"])


def test_an_extended_stage_is_judged_by_all_its_blocks_and_shares_its_end():
    plan = plan_of(["p95 < 1s"])
    longer = plan_of(["p95 < 1s"], duration="240s")
    evidence = simulate(longer)
    extended = StageExtended(t_s=125.0, stage="canary", duration_s=240.0)
    verdict = judge_stage(plan, replace(evidence, events=(extended, *evidence.events)))
    assert verdict.outcome is Outcome.PASS
    assert verdict.findings[0].blocks == 59
    assert verdict.error_budget.ends == 2
