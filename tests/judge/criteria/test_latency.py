"""Criteria about latencies of a service that fails: failures count as never answered."""

import math

import pytest

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.words import NEVER_ANSWERED
from tests.judge.judged import finding, outcome_of
from tests.judge.simulator import lognormal, plan_of, refusing_from, simulate

FLAKY = lognormal(error_rate=0.08)
DEAD = lognormal(error_rate=1.0)


@pytest.mark.parametrize("limit", ["< 150ms", "<= baseline + 20%", "<= baseline + 20ms"])
def test_a_percentile_among_failures_was_never_answered_and_exceeds_what_was(limit):
    found = outcome_of(f"p95 {limit}", canary=FLAKY)
    assert (found.outcome, found.observed, found.upper) == (Outcome.FAIL, math.inf, None)
    assert found.limit < found.lower < 1000
    assert f"is that of requests {NEVER_ANSWERED} (at least " in found.reason
    assert "With its 961 failed requests counted as never answered, it is worse." in found.reason


@pytest.mark.parametrize("limit", ["< 150ms", "<= baseline + 20%", "<= baseline + 20ms"])
@pytest.mark.parametrize("measure", ["mean", "p95"])
def test_a_canary_that_answers_nothing_is_only_known_to_be_beyond_the_limit(measure, limit):
    found = outcome_of(f"{measure} {limit}", canary=DEAD)
    assert (found.outcome, found.observed, found.upper) == (Outcome.FAIL, math.inf, None)
    assert found.lower == pytest.approx(found.limit)
    assert found.lower > found.limit


def test_two_variants_that_fail_alike_are_compared_by_what_they_answer():
    found = outcome_of("p95 <= baseline + 20%", canary=FLAKY, baseline=FLAKY)
    assert found.outcome is Outcome.PASS
    assert abs(found.observed) < 5


def test_a_failure_shows_the_figures_of_the_requests_that_decided():
    """By its successes alone the canary's p95 may keep the limit; with its failures it cannot."""
    found = outcome_of("p95 < 48ms", canary=lognormal(error_rate=0.02))
    assert found.outcome is Outcome.FAIL
    assert found.lower > found.limit
    assert "counted as never answered" in found.reason


def test_no_performance_degradation_says_it_in_words():
    found = outcome_of("no performance degradation", canary=FLAKY)
    assert f"p95 {NEVER_ANSWERED} (limit +10%), p99 {NEVER_ANSWERED}" in found.reason


def test_a_trigger_says_it_in_words():
    plan = plan_of(["error rate < 50%"], rollback=["p95 > 200ms for 10s"])
    verdict = judge_stage(plan, simulate(plan, canary=refusing_from(60.0, lognormal())))
    fired = finding(verdict, "p95 > 200ms for 10s")
    assert (fired.observed, fired.limit, fired.unit) == (math.inf, 200.0, "ms")
    assert f"({NEVER_ANSWERED} in the last interval)" in fired.reason
