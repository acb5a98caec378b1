"""Criteria on each clock: judged by its own series, or not at all."""

import pytest

from harness.judge import Outcome, judge_stage
from harness.judge.criteria.triggers import first_trigger
from harness.plan.criteria.measure import Clock
from harness.record.histograms.clocks import CLOCKS
from tests.judge.simulator import Conditions, constant, lognormal, plan_of, simulate

BOTH = {"baseline": 0.5, "canary": 0.5}
HALF = Conditions(first_byte=BOTH)
CRITERIA = ("p95 {} < {}ms", "mean {} < {}ms", "max {} < {}ms")
CRITICAL = {"ttfb p95": {"warning": "> 100ms", "critical": "> 200ms"}}


def judged(text, conditions, levels=None, **services):
    plan = plan_of([text], **({"levels": levels} if levels else {}))
    verdict = judge_stage(plan, simulate(plan, conditions=conditions, **services))
    return verdict.outcome, verdict.findings


def test_every_clock_has_a_series_of_its_own():
    assert set(CLOCKS) == set(Clock)
    assert len({span.kind for span in CLOCKS.values()}) == len(CLOCKS)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_a_criterion_on_the_first_byte_is_judged_by_the_first_byte(criterion):
    service = constant(0.2)
    for limit_ms, outcome in ((110, Outcome.PASS), (90, Outcome.FAIL)):
        _, findings = judged(criterion.format("ttfb", limit_ms), HALF, canary=service, baseline=service)
        assert findings[0].outcome is outcome
        assert findings[0].observed == pytest.approx(100, rel=0.01)


def test_a_relative_criterion_on_the_first_byte_compares_first_bytes():
    slower = Conditions(first_byte={"baseline": 0.2, "canary": 0.3})
    text = "p95 ttfb < baseline + 20%"
    assert judged(text, HALF)[1][0].outcome is Outcome.PASS
    assert judged(text, slower)[1][0].outcome is Outcome.FAIL
    assert judged("p95 < baseline + 20%", slower)[1][0].outcome is Outcome.PASS


@pytest.mark.parametrize(
    "text",
    [*(criterion.format("ttfb", 90) for criterion in CRITERIA), "p95 ttfb < baseline + 10%"],
)
@pytest.mark.parametrize("known", [{}, {"baseline": 0.5}])
@pytest.mark.parametrize("service", [constant(5.0), lognormal(error_rate=0.5, scale=0.1)])
def test_a_criterion_on_a_clock_that_was_not_read_is_judged_by_no_other(text, known, service):
    _, findings = judged(text, Conditions(first_byte=known), canary=service)
    assert findings[0].outcome is Outcome.INCONCLUSIVE
    assert findings[0].observed is None
    assert "Time to first byte was recorded for" in findings[0].reason


def test_a_critical_level_on_a_clock_that_was_not_read_is_inconclusive_and_a_trigger_does_not_fire():
    slow = constant(0.9)
    outcome, findings = judged("error rate < 1%", Conditions(), CRITICAL, canary=slow, baseline=slow)
    assert outcome is Outcome.INCONCLUSIVE
    assert any(each.outcome is Outcome.INCONCLUSIVE and "first byte" in each.reason for each in findings)
    plan = plan_of(["error rate < 1%"], rollback=["p95 ttfb > 100ms for 10s"])
    assert first_trigger(plan, simulate(plan, canary=slow)) is None


def test_levels_and_triggers_on_the_first_byte_see_it():
    service = constant(0.9)
    _, findings = judged("error rate < 1%", HALF, CRITICAL, canary=service)
    assert any(each.outcome is Outcome.FAIL and "ttfb p95" in each.criterion for each in findings)
    plan = plan_of(["error rate < 1%"], rollback=["p95 ttfb > 400ms for 10s"])
    assert first_trigger(plan, simulate(plan, canary=service, conditions=HALF)).at_s == 10.0
    assert first_trigger(plan, simulate(plan, conditions=HALF)) is None
