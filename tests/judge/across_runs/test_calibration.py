"""Noise measured in runs of one version against itself."""

import math

import numpy as np
import pytest

from harness.judge.across_runs.calibration import CalibrationError, calibrate, lag_one
from tests.judge.simulator import lognormal, plan_of, run_of, simulate

PLAN = plan_of(["p95 < 1s"])


@pytest.fixture(scope="module")
def runs():
    return {f"run-{seed}": run_of(PLAN, [simulate(PLAN, seed=seed)]) for seed in range(1, 13)}


@pytest.fixture(scope="module")
def found(runs):
    return calibrate(runs)


def test_independent_requests_have_z_scores_that_scatter_by_about_one(found):
    assert len(found.stages) == 12
    assert 0.5 < found.z_sd < 1.4
    assert abs(found.correlation) < 0.15
    assert found.block_s == 4.0


def test_the_variance_is_that_of_independent_requests_or_somewhat_more(found):
    # p (1 - p) / density² / n of each variant; the density is that of ln latency at its p95, sigma 0.5.
    density = math.exp(-(1.6449**2) / 2) / math.sqrt(2 * math.pi) / 0.5
    exact = 0.95 * 0.05 / density**2 * 2 / 100
    # Short series cannot rule correlation out, and pay for that.
    assert exact < found.variance_s < 2 * exact


def test_more_noise_needs_more_time_and_sees_less(found):
    sigma = {name: lognormal(sigma=1.0) for name in ("baseline", "canary")}
    noisy = calibrate({f"{seed}": run_of(PLAN, [simulate(PLAN, seed=seed, **sigma)]) for seed in range(1, 9)})
    assert noisy.variance_s > 2 * found.variance_s
    assert noisy.detectable > found.detectable > PLAN.judge.tolerance
    assert noisy.needs_s > found.needs_s


def test_runs_that_differ_more_than_their_blocks_show_a_spread():
    drift = np.random.default_rng(5).normal(0, 0.2, 8)
    runs = {
        f"{seed}": run_of(PLAN, [simulate(PLAN, seed=seed, canary=lognormal(scale=math.exp(shift)))])
        for seed, shift in enumerate(drift)
    }
    found = calibrate(runs)
    assert found.run_spread == pytest.approx(float(np.sqrt(np.mean(drift**2))), rel=0.3)
    assert found.z_sd > 2
    assert math.isinf(found.needs_s)


def test_lag_one_of_series_known():
    assert lag_one(np.array([1.0, 1.0, 1.0])) == 0.0
    assert lag_one(np.tile([1.0, -1.0], 50)) == pytest.approx(-0.99)
    assert lag_one(np.repeat([1.0, -1.0], 50)) > 0.9


def test_runs_of_unlike_plans_are_refused(runs):
    other = plan_of(["p95 < 1s"], rate="300/s")
    with pytest.raises(CalibrationError, match=r"at 200/s in .*, 50% for .* at 300/s in other"):
        calibrate({**runs, "other": run_of(other, [simulate(other)])})


def test_runs_without_a_comparison_are_refused():
    alone = plan_of(["p95 < 1s"], weight="100%")
    with pytest.raises(CalibrationError, match="no stage of these runs compares the variants"):
        calibrate({"alone": run_of(alone, [simulate(alone)])})


def test_the_chance_of_single_requests_is_told_from_the_wandering_of_the_service(found):
    assert found.wandering_variance_s < found.variance_s / 2
    assert found.sigma == pytest.approx(0.5, rel=0.2)
    assert found.disturbance_s <= 4.0
    assert found.period_s is None


def test_each_endpoint_has_its_own_noise(found):
    [only] = found.endpoints
    assert only.endpoint == "GET /tasks"
    assert only.requests > 1000
    assert only.sd_15_min == pytest.approx((found.variance_s / 900) ** 0.5, rel=0.1)
