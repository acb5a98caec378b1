"""Percentiles, mean and maximum of one variant, and of the two against each other."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.stats.bounds import Risks
from harness.judge.stats.latency import (
    Latencies,
    linearized_mean,
    linearized_quantile,
    max_estimate,
    quantile_estimate,
)
from harness.judge.stats.relative import difference, log_ratio
from harness.judge.stats.table import BlockTable
from harness.record.histograms.histogram import Histogram

RISKS = Risks(lower=0.01, upper=0.05)


def table(blocks):
    return BlockTable.of([Histogram.of_values(np.asarray(block, dtype=np.int64))[0] for block in blocks])


def latencies(successful, failed=()):
    return Latencies(table(successful), table(list(failed) or [[]] * len(successful)))


def lognormal(rng, blocks=30, n=2000, median_us=40_000.0, wobble=0.05):
    shifts = np.exp(wobble * rng.standard_normal(blocks))
    return [median_us * shift * np.exp(0.6 * rng.standard_normal(n)) for shift in shifts]


def p95(sample):
    return linearized_quantile(sample, 0.95)


def test_the_observed_quantile_is_the_one_histogram_tools_print():
    rng = np.random.default_rng(1)
    blocks = lognormal(rng)
    merged = Histogram.merge(Histogram.of_values(block.astype(np.int64))[0] for block in blocks)
    assert quantile_estimate(latencies(blocks), 0.95, RISKS).observed == merged.quantile_us(0.95) / 1e6


def test_bounds_of_a_quantile_cover_the_truth_as_often_as_promised():
    rng = np.random.default_rng(2)
    truth = 0.040 * math.exp(0.6 * 1.6449)
    estimates = [quantile_estimate(latencies(lognormal(rng, n=300)), 0.95, RISKS) for _ in range(300)]
    too_high = sum(estimate.lower > truth for estimate in estimates)
    too_low = sum(estimate.upper < truth for estimate in estimates)
    assert too_high <= 9  # 1 % of 300 is 3
    assert too_low <= 27  # 5 % of 300 is 15


def test_correlated_requests_get_wider_bounds_than_independent_ones():
    rng = np.random.default_rng(3)
    calm = quantile_estimate(latencies(lognormal(rng, wobble=0.0)), 0.95, RISKS)
    wild = quantile_estimate(latencies(lognormal(rng, wobble=0.3)), 0.95, RISKS)
    assert wild.upper - wild.lower > 5 * (calm.upper - calm.lower)


def test_a_fast_failure_does_not_improve_a_percentile_and_a_timeout_worsens_it():
    blocks = [[10_000] * 95 + [20_000] * 5] * 10
    fast = latencies(blocks, [[100] * 50] * 10)
    slow = latencies(blocks, [[10_000_000] * 10] * 10)
    clean = quantile_estimate(latencies(blocks), 0.9, RISKS)
    assert quantile_estimate(fast, 0.9, RISKS) == clean
    assert quantile_estimate(slow, 0.9, RISKS).observed > clean.observed
    assert linearized_mean(fast).value_s == linearized_mean(latencies(blocks)).value_s
    assert linearized_mean(slow).value_s > 0.5
    assert max_estimate(slow).observed > 9.9


@given(st.lists(st.lists(st.integers(1, 10**6), min_size=1, max_size=20), min_size=2, max_size=5), st.data())
def test_turning_any_response_into_a_timeout_never_lowers_a_percentile(blocks, data):
    block = data.draw(st.integers(0, len(blocks) - 1))
    gone = data.draw(st.integers(0, len(blocks[block]) - 1))
    remaining = [[*each] for each in blocks]
    remaining[block].pop(gone)
    timeouts = [[10_000_000] if number == block else [] for number in range(len(blocks))]
    before = quantile_estimate(latencies(blocks), 0.95, RISKS).observed
    after = quantile_estimate(latencies(remaining, timeouts), 0.95, RISKS).observed
    assert after is None or after >= before


def test_no_successful_response_has_no_latency():
    nothing = latencies([[]] * 5, [[1000]] * 5)
    assert quantile_estimate(nothing, 0.95, RISKS).observed is None
    assert linearized_quantile(nothing, 0.95) is None
    assert linearized_mean(nothing) is None
    assert max_estimate(latencies([[]])).observed is None


def test_the_relative_quantile_finds_a_scaled_canary_and_swapping_turns_its_sign():
    rng = np.random.default_rng(4)
    old, new = latencies(lognormal(rng)), latencies(lognormal(rng, median_us=44_000.0))
    there, back = log_ratio(old, new, p95), log_ratio(new, old, p95)
    assert there.within(RISKS).lower < math.log(1.1) < there.within(RISKS).upper
    assert there.value == pytest.approx(-back.value)
    assert there.se == pytest.approx(back.se)
    assert difference(old, new, p95).value == pytest.approx(-difference(new, old, p95).value)


def test_a_burst_that_hits_both_variants_cancels():
    rng = np.random.default_rng(5)
    shifts = np.exp(0.3 * rng.standard_normal(30))
    both = [
        latencies([40_000 * shift * np.exp(0.6 * rng.standard_normal(2000)) for shift in shifts])
        for _ in range(2)
    ]
    paired = log_ratio(*both, p95)
    alone = latencies(lognormal(rng, wobble=0.3))
    assert paired.se < 0.5 * log_ratio(both[0], alone, p95).se


def test_the_order_of_the_blocks_reversed_gives_the_same_bounds():
    rng = np.random.default_rng(6)
    old, new = lognormal(rng), lognormal(rng)
    forward = log_ratio(latencies(old), latencies(new), p95)
    backward = log_ratio(latencies(old[::-1]), latencies(new[::-1]), p95)
    assert forward.value == pytest.approx(backward.value)
    assert forward.se == pytest.approx(backward.se)
    assert forward.degrees == pytest.approx(backward.degrees)


def test_equal_latencies_everywhere_differ_by_nothing():
    same = latencies([[5000] * 300] * 20)
    mean = log_ratio(same, same, p95)
    assert mean.value == 0
    assert 0 < mean.se < 0.01


def test_the_mean_is_that_of_the_values():
    rng = np.random.default_rng(8)
    blocks = lognormal(rng)
    effect = linearized_mean(latencies(blocks))
    assert effect.value_s == pytest.approx(np.concatenate(blocks).mean() / 1e6, rel=1e-3)
    assert effect.influence_s.sum() == pytest.approx(0, abs=1e-9)
