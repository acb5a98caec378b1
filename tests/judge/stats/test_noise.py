"""The standard error of correlated blocks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from harness.judge.stats.noise import Witness, block_noise, in_pairs, ratio_influence

# Worked by hand from the formulas of the docstring: (values, se, degrees, correlation).
BURST = [1.0 if number in (5, 6, 7) else 0.0 for number in range(28)]
WORKED = [
    ([3.0, -1.0, 2.0, 0.0, 1.0, 4.0, -2.0, 1.0, 3.0, 0.0, 2.0, 1.0], 0.5050252518939079, 11.0, 0.0),
    ([(-1) ** k + k / 280 for k in range(28)], 0.0978772160119515, 27.0, -0.5880967862619086),
    (BURST, 0.14901040016698439, 4.308360531271874, 0.724778911564626),
    ([float(k % 7) for k in range(20)], 0.6890673056037174, 7.850446595178261, 0.4152464788732396),
]


@pytest.mark.parametrize(("values", "se", "degrees", "correlation"), WORKED)
def test_error_and_degrees_are_those_of_the_formulas(values, se, degrees, correlation):
    noise = block_noise(np.array(values))
    assert noise.se == pytest.approx(se, rel=1e-9)
    assert noise.degrees == pytest.approx(degrees, rel=1e-9)
    assert noise.correlation == pytest.approx(correlation, rel=1e-9)


def test_fewer_than_two_blocks_know_nothing():
    assert block_noise(np.zeros(0)).se == math.inf
    assert block_noise(np.array([3.0])).se == math.inf


def test_blocks_that_do_not_scatter_have_no_error():
    assert block_noise(np.full(20, 7.0)).se == 0


def test_the_error_of_an_autocorrelated_series_is_about_the_spread_of_its_mean():
    rng = np.random.default_rng(4)
    shocks = rng.standard_normal((400, 120))
    series = np.zeros_like(shocks)
    for t in range(1, 120):
        series[:, t] = 0.5 * series[:, t - 1] + shocks[:, t]
    estimated = np.mean([block_noise(row).se for row in series])
    assert estimated == pytest.approx(series.mean(axis=1).std(), rel=0.15)


def test_blocks_that_take_turns_know_their_mean_better_than_independent_ones():
    values = np.tile([1.0, -1.0], 20)
    assert block_noise(values).se < 0.6 * values.std(ddof=1) / math.sqrt(40)


def test_a_mean_that_one_block_makes_has_few_degrees():
    values = np.zeros(28)
    values[5] = 1.0
    assert block_noise(values).degrees < 4 < block_noise(np.arange(28.0) % 3).degrees


@given(arrays(float, st.integers(0, 40), elements=st.floats(-1e12, 1e12)))
def test_any_series_has_an_error_that_is_a_number(values):
    noise = block_noise(values)
    assert noise.se >= 0
    assert noise.degrees >= 1
    assert -1 < noise.correlation <= 0.92


def test_the_influence_of_blocks_on_a_pooled_share_adds_up_to_nothing():
    parts, sizes = np.array([1.0, 5.0, 0.0]), np.array([10.0, 30.0, 60.0])
    assert ratio_influence(parts, sizes, 0.06).sum() == pytest.approx(0)
    assert not ratio_influence(np.zeros(2), np.zeros(2), 0.0).any()


def test_pairs_leave_out_the_first_of_an_odd_number():
    assert in_pairs(np.array([9.0, 1.0, 3.0, 5.0, 7.0])).tolist() == [2.0, 6.0]


def test_quieter_blocks_before_never_make_a_part_look_quieter_than_it_is():
    rng = np.random.default_rng(2)
    values, earlier = rng.standard_normal(10), 5 + 0.1 * rng.standard_normal(20)
    beside = block_noise(values, Witness(earlier))
    spread = np.sqrt((1 - beside.correlation) / (1 + beside.correlation)) * beside.se
    assert spread >= values.std(ddof=1) / np.sqrt(10) * (1 - 1e-9)
