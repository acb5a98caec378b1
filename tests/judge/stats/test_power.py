"""What could have been detected."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.judge.stage import judge_stage
from harness.judge.stats.bounds import Risks
from harness.judge.stats.estimate import Estimate, Mean
from harness.judge.stats.power import detectable_ratio, detectable_value, seconds_needed, smallest_error_rate
from harness.plan.criteria.compare import Op
from tests.judge.simulator import lognormal, plan_of, simulate


def test_a_true_value_at_the_detectable_one_fails_in_95_of_100_measurements():
    rng, risk, limit, se = np.random.default_rng(2), 0.005, 10.0, 0.3
    influence = rng.standard_normal(400) * se * 20
    estimate = Mean.of(10.0, influence - influence.mean(), 1).within(Risks(risk, risk))
    true = detectable_value(limit, Op.LE, estimate, risk)
    margin = estimate.observed - estimate.lower
    measured = true + se * rng.standard_normal(20_000)
    assert np.mean(measured - margin > limit) == pytest.approx(0.95, abs=0.02)


@given(st.floats(0.001, 5.0), st.floats(0.0, 0.5), st.floats(0.001, 0.3))
def test_a_detectable_change_lies_on_the_bad_side_and_further_off_with_more_noise(observed, limit, reach):
    def found(by):
        bounds = (math.expm1(math.log1p(observed) - by), math.expm1(math.log1p(observed) + by))
        return detectable_ratio(limit, Op.LE, Estimate(observed, *bounds, 100, 20), 0.01)

    assert limit < found(reach) < found(2 * reach)


def test_of_nothing_and_of_facts_nothing_can_be_said():
    assert detectable_value(1.0, Op.LT, Estimate.unknown(), 0.01) is None
    assert detectable_value(1.0, Op.LT, Estimate(0.5, -math.inf, 0.6, 9, 9), 0.01) is None


def test_without_any_scatter_everything_beyond_the_limit_is_detected():
    assert detectable_value(1.0, Op.LT, Estimate(0.5, 0.5, 0.5, 9, 9), 0.01) == 1.0


@pytest.mark.parametrize("criterion", ["p95 < 150ms", "error rate < 1%", "p95 <= baseline + 10%"])
def test_a_longer_stage_detects_a_smaller_excess(criterion):
    def judged(duration):
        plan = plan_of([criterion], duration=duration)
        return judge_stage(plan, simulate(plan, canary=lognormal(error_rate=0.001))).findings[0]

    short, long = judged("60s"), judged("480s")
    assert short.blocks == 14
    assert long.blocks == 119
    assert long.limit < long.detectable < short.detectable


MINUTE_S = 60.0


@pytest.mark.parametrize(
    ("sd", "gap", "wrong", "minutes"),
    [
        (0.01, math.log(1.1 / 1.05), 0.01, 11),
        (0.02, math.log(1.1 / 1.05), 0.01, 44),
        (0.02, math.log(1.05), 0.05, 27),
        (0.03, math.log(1.25 / 1.1), 0.01, 13),
    ],
)
def test_the_minutes_needed_follow_from_noise_and_gap(sd, gap, wrong, minutes):
    assert seconds_needed(sd**2 * 900, gap, wrong) / MINUTE_S == pytest.approx(minutes, abs=0.6)


def test_no_gap_needs_forever():
    assert seconds_needed(0.3, 0.0, 0.01) == math.inf


@pytest.mark.parametrize("requests", [5_000, 40_000, 306_000])
def test_the_smallest_error_rate_is_found_in_95_of_100_stages_and_a_smaller_one_is_not(requests):
    rate = smallest_error_rate(0.001, requests, 0.005)

    def power(true_rate):
        fewest = next(
            k
            for k in range(requests)
            if stats.binomtest(k, requests, alternative="greater").proportion_ci(0.995, "exact").low > 0.001
        )
        return stats.binom.sf(fewest - 1, requests, true_rate)

    assert power(rate) == pytest.approx(0.95, abs=1e-6)
    assert power(rate * 0.98) < 0.95


def test_a_handful_of_requests_fails_nothing():
    assert smallest_error_rate(0.9, 3, 0.001) is None
