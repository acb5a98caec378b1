"""Error rates and throughput from counts per block."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.stats.bounds import Risks
from harness.judge.stats.rates import error_difference_estimate, error_rate_estimate, throughput_estimate

RISKS = Risks(lower=0.005, upper=0.05)


def test_an_error_rate_is_failures_by_requests():
    estimate = error_rate_estimate(np.array([1.0, 3.0]), np.array([1000.0, 1000.0]), RISKS)
    assert estimate.observed == 0.002
    assert estimate.n == 2000
    assert estimate.lower < 0.002 < estimate.upper


def test_no_request_has_no_error_rate():
    assert error_rate_estimate(np.zeros(3), np.zeros(3), RISKS).observed is None


def test_bursty_errors_are_less_certain_than_scattered_ones():
    sizes = np.full(30, 10_000.0)
    even, burst = np.full(30, 10.0), np.zeros(30)
    burst[5] = 300.0
    certain, unsure = error_rate_estimate(even, sizes, RISKS), error_rate_estimate(burst, sizes, RISKS)
    assert certain.observed == unsure.observed
    assert unsure.lower < certain.lower
    assert unsure.upper > certain.upper


@given(st.lists(st.tuples(st.integers(0, 2**33), st.integers(0, 2**33)), max_size=12))
def test_any_counts_give_bounds_around_the_observed_rate(pairs):
    failed = np.array([float(bad) for bad, _ in pairs])
    requests = failed + np.array([float(good) for _, good in pairs])
    estimate = error_rate_estimate(failed, requests, RISKS)
    if estimate.observed is not None:
        assert 0 <= estimate.lower <= estimate.observed + 1e-9
        assert estimate.observed - 1e-9 <= estimate.upper <= 1


def test_no_errors_in_few_requests_do_not_prove_an_equal_error_rate():
    few, many = np.full(20, 210.0), np.full(20, 40_000.0)
    none = np.zeros(20)
    short = error_difference_estimate((none, many), (none, few), RISKS)
    assert short.observed == 0
    assert short.upper == pytest.approx(3 / 4200, rel=0.01)
    assert error_difference_estimate((none, many), (none, many), RISKS).upper < 0.0002


def test_an_error_difference_is_found_and_its_direction_kept():
    sizes = np.full(30, 10_000.0)
    good, bad = np.full(30, 1.0), np.full(30, 20.0)
    worse = error_difference_estimate((good, sizes), (bad, sizes), RISKS)
    better = error_difference_estimate((bad, sizes), (good, sizes), RISKS)
    assert worse.lower > 0.0015
    assert better.upper < -0.0015


def test_an_error_difference_needs_both_variants():
    sizes = np.full(30, 10_000.0)
    assert error_difference_estimate((sizes, sizes), (np.zeros(30), np.zeros(30)), RISKS).observed is None


def test_throughput_is_successes_per_second_of_the_blocks():
    estimate = throughput_estimate(np.array([70_000.0, 69_990.0, 70_010.0]), np.full(3, 10.0), RISKS)
    assert estimate.observed == pytest.approx(7000)
    assert 6900 < estimate.lower < 7000 < estimate.upper < 7100
    assert throughput_estimate(np.zeros(0), np.zeros(0), RISKS).observed is None
