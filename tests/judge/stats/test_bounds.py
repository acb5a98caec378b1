"""Bounds on shares."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.judge.stats.bounds import (
    INDEPENDENT,
    DesignEffect,
    Risks,
    design_of,
    share_bounds,
)

RISKS = Risks(lower=0.01, upper=0.05)


@pytest.mark.parametrize(("k", "n"), [(0, 50), (1, 50), (3, 10_000), (50, 50), (49, 50), (306, 306_000)])
def test_bounds_of_a_share_are_the_exact_binomial_ones_when_requests_are_independent(k, n):
    lower, upper = share_bounds(k, n, RISKS)
    assert lower == pytest.approx(
        stats.binomtest(k, n, alternative="greater").proportion_ci(0.99, "exact").low, abs=1e-12
    )
    assert upper == pytest.approx(
        stats.binomtest(k, n, alternative="less").proportion_ci(0.95, "exact").high, abs=1e-12
    )


def test_about_three_thousand_requests_without_an_error_show_a_rate_below_a_thousandth():
    assert share_bounds(0, 2995, RISKS)[1] < 0.001
    assert share_bounds(0, 2993, RISKS)[1] > 0.001


def test_a_design_effect_widens_both_bounds():
    plain, bursty = share_bounds(30, 30_000, RISKS), share_bounds(30, 30_000, RISKS, DesignEffect(6.0, 20.0))
    assert bursty[0] < plain[0] < 0.001 < plain[1] < bursty[1]


def test_no_requests_bound_nothing():
    assert share_bounds(0, 0, RISKS) == (0.0, 1.0)


@given(st.integers(1, 2**45), st.floats(0, 1), st.floats(1, 1000), st.floats(2, 100))
def test_bounds_enclose_the_observed_share_for_any_size(n, share, effect, degrees):
    k = round(share * n)
    lower, upper = share_bounds(k, n, RISKS, DesignEffect(effect, degrees))
    assert 0 <= lower <= k / n + 1e-9
    assert k / n - 1e-9 <= upper <= 1


def test_independent_blocks_have_a_design_effect_near_one_and_bursts_a_large_one():
    rng = np.random.default_rng(7)
    sizes = np.full(30, 10_000.0)
    steady = rng.binomial(10_000, 0.001, 30).astype(float)
    bursty = steady * (np.arange(30) % 6 == 0) * 6
    assert 1 <= design_of(steady, sizes).effect < 4
    assert design_of(bursty, sizes).effect > 20


@pytest.mark.parametrize("hits", [np.zeros(5), np.full(5, 10.0), np.zeros(0), np.ones(1)])
def test_nothing_or_everything_failing_has_no_design_effect(hits):
    assert design_of(hits, np.full(len(hits), 10.0)) == INDEPENDENT


def test_the_effective_sample_pays_for_few_blocks():
    assert DesignEffect(2.0, 2.0).effective(1000, 0.05) < DesignEffect(2.0, 50.0).effective(1000, 0.05) < 500
    assert INDEPENDENT.effective(1000, 0.05) == 1000
    assert math.isfinite(DesignEffect(2.0, math.inf).effective(1000, 0.05))
