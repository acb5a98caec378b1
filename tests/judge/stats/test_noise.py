"""The standard error of correlated blocks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness.judge.stats.noise import block_noise, ratio_influence


def test_fewer_than_two_blocks_know_nothing():
    assert block_noise(np.zeros(0)).se == math.inf
    assert block_noise(np.array([3.0])).se == math.inf


def test_blocks_that_do_not_scatter_have_no_error():
    assert block_noise(np.full(20, 7.0)).se == 0


def test_independent_blocks_get_the_textbook_error_times_the_small_sample_inflation():
    values = np.random.default_rng(3).standard_normal(400)
    noise = block_noise(values)
    inflation = (1 + noise.correlation) / (1 - noise.correlation)
    assert noise.se == pytest.approx(values.std(ddof=1) / 20 * math.sqrt(inflation))
    assert noise.degrees == pytest.approx(399 / inflation)
    assert noise.correlation < 0.1


def test_the_error_of_an_autocorrelated_series_is_about_the_spread_of_its_mean():
    rng = np.random.default_rng(4)
    shocks = rng.standard_normal((400, 120))
    series = np.zeros_like(shocks)
    for t in range(1, 120):
        series[:, t] = 0.5 * series[:, t - 1] + shocks[:, t]
    estimated = np.mean([block_noise(row).se for row in series])
    assert estimated == pytest.approx(series.mean(axis=1).std(), rel=0.15)


def test_alternating_blocks_are_not_believed_to_be_better_than_independent_ones():
    values = np.tile([1.0, -1.0], 20)
    assert block_noise(values).correlation == 0
    assert block_noise(values).se == pytest.approx(values.std(ddof=1) / math.sqrt(40))


@given(arrays(float, st.integers(0, 40), elements=st.floats(-1e12, 1e12)))
def test_any_series_has_an_error_that_is_a_number(values):
    noise = block_noise(values)
    assert noise.se >= 0
    assert noise.degrees >= 2
    assert 0 <= noise.correlation <= 0.8


def test_the_influence_of_blocks_on_a_pooled_share_adds_up_to_nothing():
    parts, sizes = np.array([1.0, 5.0, 0.0]), np.array([10.0, 30.0, 60.0])
    assert ratio_influence(parts, sizes, 0.06).sum() == pytest.approx(0)
    assert not ratio_influence(np.zeros(2), np.zeros(2), 0.0).any()
