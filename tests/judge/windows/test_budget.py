"""How the risk of a stage is shared."""

from dataclasses import replace

import pytest

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.record.events.stage import StageExtended
from tests.judge.judged import PROBES
from tests.judge.simulator import plan_of, simulate


def test_the_verdict_says_how_the_error_budget_was_divided():
    plan = plan_of(["error rate < 1%", "no performance degradation", "cpu < 80%"], probes=PROBES)
    budget = judge_stage(plan, simulate(plan)).error_budget
    assert (budget.alpha, budget.comparisons, budget.ends) == (0.01, 5, 1)
    assert budget.each_end * 5 + budget.each_look * 6 == pytest.approx(budget.alpha)


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
    assert verdict.error_budget.each_end == pytest.approx(0.01 / 2 / 3)


def test_an_extended_stage_is_judged_by_all_its_blocks_and_shares_its_end():
    plan = plan_of(["p95 < 1s"])
    longer = plan_of(["p95 < 1s"], duration="240s")
    evidence = simulate(longer)
    extended = StageExtended(t_s=125.0, stage="canary", duration_s=240.0)
    verdict = judge_stage(plan, replace(evidence, events=(extended, *evidence.events)))
    assert verdict.outcome is Outcome.PASS
    assert verdict.findings[0].blocks == 59
    assert verdict.error_budget.ends == 2
