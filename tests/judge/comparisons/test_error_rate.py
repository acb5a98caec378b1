"""Error rates against a limit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.comparisons.error_rate import ErrorRateAgainstLimit, error_rate_estimate
from harness.judge.stats.bounds import Risks
from harness.judge.stats.limit_test import Care, is_surely
from harness.judge.stats.shares import Share

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


@given(st.lists(st.integers(0, 60), min_size=2, max_size=24))
def test_bounds_lie_beyond_the_limit_exactly_where_the_test_says_so(failed):
    compared = ErrorRateAgainstLimit(Share(np.array(failed, dtype=float), np.full(len(failed), 400.0)), 0.04)
    estimate = compared.within(RISKS)
    assert (estimate.lower > 0.04) == is_surely(compared.test, RISKS.lower, Care.END, above=True)
    assert (estimate.upper < 0.04) == is_surely(compared.test, RISKS.upper, Care.PASS, above=False)
