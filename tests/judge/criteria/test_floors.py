"""How much evidence a pass needs."""

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from tests.judge.judged import finding, outcome_of
from tests.judge.simulator import plan_of, simulate


def test_relative_criteria_say_that_the_last_stage_has_no_baseline():
    plan = plan_of(["p95 < baseline + 10%", "no performance degradation"], weight="100%")
    for each in judge_stage(plan, simulate(plan)).findings[:2]:
        assert each.outcome is Outcome.INCONCLUSIVE
        assert "no baseline" in each.reason


def test_a_short_stage_says_how_many_requests_are_missing():
    plan = plan_of(["error rate < 0.1%"], rate="40/s")
    short = outcome_of("error rate < 0.1%", plan)
    assert short.outcome is Outcome.INCONCLUSIVE
    # 40/s, half of them canary, 116 s after the warm-up: 2,320 of the 2,995 a pass needs.
    assert "675 more requests" in short.reason


def test_a_short_stage_says_how_many_blocks_are_missing():
    plan = plan_of(["p95 < 150ms", "p95 < baseline + 50%"], duration="20s")
    verdict = judge_stage(plan, simulate(plan))
    assert "2 more blocks" in finding(verdict, "p95 < 150ms").reason
    assert "more blocks" in finding(verdict, "p95 < baseline + 50%").reason
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_a_promise_for_longer_than_the_stage_is_not_decided():
    kept = outcome_of("p95 < 150ms for 1m")
    assert kept.outcome is Outcome.PASS
    assert kept.n == 200 * 60 / 2
    assert outcome_of("p95 < 150ms for 1h").outcome is Outcome.INCONCLUSIVE
    assert outcome_of("stable for 1h").outcome is Outcome.INCONCLUSIVE
    assert outcome_of("stable for 1m").outcome is Outcome.PASS


def test_a_rate_the_plan_does_not_offer_is_nobodys_failure():
    beyond = outcome_of("throughput > 500/s")
    assert beyond.outcome is Outcome.INCONCLUSIVE
    assert "offers only 200/s" in beyond.reason
