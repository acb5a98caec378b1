"""Error rates and throughput from counts per block."""

import numpy as np
import pytest

from harness.judge.stats.bounds import Risks
from harness.judge.stats.rates import error_difference_estimate, throughput_estimate
from harness.judge.stats.shares import Share, ShareDifference, Stratum

RISKS = Risks(lower=0.005, upper=0.05)


def difference(baseline, canary):
    """Both are (failed, requests) per block."""
    return error_difference_estimate(ShareDifference([Stratum(Share(*canary), Share(*baseline))]), RISKS)


def test_no_errors_in_few_requests_do_not_prove_an_equal_error_rate():
    few, many = np.full(20, 210.0), np.full(20, 40_000.0)
    none = np.zeros(20)
    short = difference((none, many), (none, few))
    assert short.observed == 0
    assert short.upper == pytest.approx(3 / 4200, rel=0.01)
    assert difference((none, many), (none, many)).upper < 0.0002


def test_an_error_difference_is_found_and_its_direction_kept():
    sizes = np.full(30, 10_000.0)
    good, bad = np.full(30, 1.0), np.full(30, 20.0)
    worse = difference((good, sizes), (bad, sizes))
    better = difference((bad, sizes), (good, sizes))
    assert worse.lower > 0.0015
    assert better.upper < -0.0015


def test_throughput_is_successes_per_second_of_the_blocks():
    estimate = throughput_estimate(np.array([70_000.0, 69_990.0, 70_010.0]), np.full(3, 10.0), RISKS)
    assert estimate.observed == pytest.approx(7000)
    assert 6900 < estimate.lower < 7000 < estimate.upper < 7100
    assert throughput_estimate(np.zeros(0), np.zeros(0), RISKS).observed is None


def test_a_throughput_is_never_bounded_below_zero():
    estimate = throughput_estimate(np.array([10.0, 5_000.0, 2_000.0]), np.full(3, 10.0), RISKS)
    assert estimate.lower == 0.0
    assert estimate.observed == pytest.approx(7_010 / 30)
