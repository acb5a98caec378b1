"""Changes in mid-stage: found at the end, with the moment; and starts that alone were bad."""

import pytest

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from tests.judge.judged import finding
from tests.judge.simulator import lognormal, plan_of, simulate

RELATIVE = "p95 <= baseline + 10%"
LONG = {"duration": "180s", "rate": "400/s"}


def slower(scale, from_s=0.0, until_s=1e9, error_rate=0.0):
    """A service that is slower, or fails more, for a part of the stage."""
    usual, worse = lognormal(), lognormal(scale=scale, error_rate=error_rate)

    def answer(rng, due_s):
        during = (due_s >= from_s) & (due_s < until_s)
        (times_s, ok), (worse_s, worse_ok) = usual(rng, due_s), worse(rng, due_s)
        times_s[during], ok[during] = worse_s[during], worse_ok[during]
        return times_s, ok

    return answer


def judged(criterion, canary, **plan):
    plan = plan_of([criterion], **{**LONG, **plan})
    return finding(judge_stage(plan, simulate(plan, canary=canary)), criterion)


def test_a_canary_that_is_slower_from_mid_stage_on_fails_and_the_finding_says_since_when():
    found = judged(RELATIVE, slower(1.4, from_s=90.0))
    assert found.outcome is Outcome.FAIL
    assert found.since_s == pytest.approx(90.0, abs=8.0)
    assert found.lower > found.limit
    assert "over the whole stage it was" in found.reason or found.decided_at_s is not None


def test_errors_that_begin_in_mid_stage_have_their_moment():
    found = judged("error rate < 0.5%", slower(1.0, from_s=90.0, error_rate=0.03))
    assert found.outcome is Outcome.FAIL
    assert found.since_s == pytest.approx(90.0, abs=8.0)


def test_a_cold_start_does_not_fail_the_stage_and_a_warm_up_is_proposed():
    found = judged("p95 < 60ms", slower(2.0, until_s=24.0))
    assert found.outcome is not Outcome.FAIL
    found = judged(RELATIVE, slower(3.0, until_s=30.0))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.until_s == pytest.approx(30.0, abs=8.0)
    assert "write `warmup: " in found.reason


def test_a_bad_time_that_ended_has_its_end():
    found = judged(RELATIVE, slower(4.0, from_s=60.0, until_s=84.0))
    assert (found.since_s, found.until_s) == (pytest.approx(60.0, abs=8.0), pytest.approx(84.0, abs=8.0))


def test_a_good_canary_has_no_moment():
    found = judged(RELATIVE, lognormal(), rate="1500/s")
    assert (found.outcome, found.since_s, found.until_s) == (Outcome.PASS, None, None)


@pytest.mark.parametrize(
    ("error_rate", "of_service", "of_stage"),
    [(0.1, Outcome.INCONCLUSIVE, Outcome.PASS), (0.5, Outcome.INCONCLUSIVE, Outcome.FAIL)],
)
def test_a_promise_about_the_stage_itself_is_judged_by_its_own_figure(error_rate, of_service, of_stage):
    burst = slower(1.0, from_s=60.0, until_s=76.0, error_rate=error_rate)
    for promise, outcome in (("service", of_service), ("stage", of_stage)):
        judge = {"block": "4s", "warmup": "4s", "promise": promise}
        assert judged("error rate < 2%", burst, judge=judge).outcome is outcome
