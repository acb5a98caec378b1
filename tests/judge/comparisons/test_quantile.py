"""Quantiles by shares: against a limit and against the baseline."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.judge.comparisons.quantile import (
    QuantileAgainstBaseline,
    QuantileAgainstLimit,
    limit_place,
    quantile_estimate,
)
from harness.judge.comparisons.strata import Strata
from harness.judge.stats.bounds import Risks
from harness.judge.stats.latency import quantile_sample
from harness.judge.stats.limit_test import Care, is_surely
from harness.plan.criteria.compare import Op
from harness.record.histograms.grid import bucket_of
from tests.judge.stats.test_latency import latencies, lognormal

RISKS = Risks(lower=0.01, upper=0.05)


def against_limit(blocks, limit_s, op=Op.LT, p=0.95, failed=()):
    return QuantileAgainstLimit(quantile_sample(latencies(blocks, failed), p), p, limit_s, op)


def against_baseline(canary, baseline, limit=0.10, *, in_proportion=True, p=0.95, op=Op.LE):
    new, old = (quantile_sample(latencies(blocks), p) for blocks in (canary, baseline))
    return QuantileAgainstBaseline(Strata([new], [old]), p, limit, in_proportion, op)


def outcome(compared, limit, op):
    estimate = compared.within(RISKS)
    assert estimate.lower <= estimate.upper
    if op.beyond.holds(estimate.lower, limit):
        return "fail"
    return "pass" if op.holds(estimate.upper, limit) else "inconclusive"


def outcome_of_test(compared):
    if is_surely(compared.test, RISKS.lower, Care.END, above=True):
        return "fail"
    return "pass" if is_surely(compared.test, RISKS.upper, Care.PASS, above=False) else "inconclusive"


def test_bounds_of_a_quantile_cover_the_truth_as_often_as_promised():
    rng, truth_s = np.random.default_rng(2), 0.040 * math.exp(0.6 * 1.6449)
    estimates = [quantile_estimate(latencies(lognormal(rng, n=100)), 0.95, RISKS) for _ in range(200)]
    assert sum(estimate.lower > truth_s for estimate in estimates) <= 7  # 1 % of 200 is 2
    assert sum(estimate.upper < truth_s for estimate in estimates) <= 20  # 5 % of 200 is 10


def test_correlated_requests_get_wider_bounds_than_independent_ones():
    rng = np.random.default_rng(3)
    calm, wild = (
        quantile_estimate(latencies(lognormal(rng, wobble=wobble)), 0.95, RISKS) for wobble in (0.0, 0.3)
    )
    assert wild.upper - wild.lower > 5 * (calm.upper - calm.lower)


def test_responses_of_one_block_far_below_the_limit_keep_it_however_they_are_spread():
    # All requests take 5 ms but for one block of 116 ms: no request is above the limit.
    blocks = [[5_000] * 100] * 19 + [[116_000] * 100]
    assert outcome(against_limit(blocks, 0.150), 0.150, Op.LT) == "pass"


@pytest.mark.parametrize(
    ("op", "limit_us", "expected"),
    [
        (Op.LE, 100_000, "pass"),
        (Op.LT, 100_000, "pass"),  # its bucket begins at 99,968 µs
        (Op.LE, 500, "pass"),
        (Op.LT, 500, "fail"),  # its bucket holds nothing else
        (Op.LT, 99_000, "fail"),
    ],
)
def test_a_limit_inside_a_bucket_counts_as_kept_by_all_of_the_bucket(op, limit_us, expected):
    value_us = 500 if limit_us == 500 else 100_000
    blocks = [[value_us] * 100] * 20
    assert outcome(against_limit(blocks, limit_us / 1e6, op), limit_us / 1e6, op) == expected


def test_a_limit_from_below_is_the_mirror_of_one_from_above():
    assert limit_place(500, Op.GE) == limit_place(500, Op.LT) == bucket_of(500)
    assert limit_place(500, Op.GT) == limit_place(500, Op.LE) == bucket_of(500) + 1


def test_a_scaled_canary_is_found_and_an_equal_one_passes():
    rng = np.random.default_rng(4)
    old, same, slower = lognormal(rng), lognormal(rng), lognormal(rng, median_us=52_000.0)
    assert outcome(against_baseline(same, old), 0.10, Op.LE) == "pass"
    assert outcome(against_baseline(slower, old), 0.10, Op.LE) == "fail"
    assert outcome(against_baseline(slower, old, 0.050, in_proportion=False), 0.050, Op.LE) == "pass"
    assert outcome(against_baseline(slower, old, 0.005, in_proportion=False), 0.005, Op.LE) == "fail"


def test_a_burst_that_hits_both_variants_cancels():
    rng = np.random.default_rng(5)
    shifts = np.exp(0.3 * rng.standard_normal(30))
    both = [[40_000 * shift * np.exp(0.6 * rng.standard_normal(2000)) for shift in shifts] for _ in range(2)]
    paired = against_baseline(*both).within(RISKS)
    alone = against_baseline(both[0], lognormal(rng, wobble=0.3)).within(RISKS)
    assert paired.upper - paired.lower < 0.5 * (alone.upper - alone.lower)


def test_a_quantile_in_a_gap_between_two_modes_is_as_wide_as_the_gap_and_accuses_nobody():
    rng = np.random.default_rng(6)
    blocks = [np.where(rng.random(2000) < 0.05, 200_000, 10_000) for _ in range(40)]
    found = against_baseline(blocks[:20], blocks[20:]).within(RISKS)
    assert found.lower < 0.10
    assert found.upper > 1


def test_equal_latencies_everywhere_are_within_any_tolerance():
    blocks = [[5_000] * 300] * 20
    assert outcome(against_baseline(blocks, blocks), 0.10, Op.LE) == "pass"
    assert against_baseline(blocks, blocks).within(RISKS).observed == 0


def test_the_order_of_the_blocks_reversed_gives_the_same_bounds():
    rng = np.random.default_rng(6)
    old, new = lognormal(rng), lognormal(rng)
    forward, backward = (against_baseline(new[::step], old[::step]).within(RISKS) for step in (1, -1))
    assert forward.lower == pytest.approx(backward.lower)
    assert forward.upper == pytest.approx(backward.upper)


SOME = st.lists(
    st.lists(st.sampled_from([400, 900, 1_000, 5_000, 40_000, 41_000, 90_000]), min_size=1, max_size=30),
    min_size=2,
    max_size=24,
)


@settings(max_examples=40)
@given(SOME, st.sampled_from([0.0004, 0.0009, 0.005, 0.0400, 0.041, 0.0999]), st.sampled_from(list(Op)[:2]))
def test_bounds_lie_beyond_a_limit_exactly_where_its_test_says_so(blocks, limit_s, op):
    compared = against_limit(blocks, limit_s, op, p=0.9)
    assert outcome(compared, limit_s, op) == outcome_of_test(compared)


@settings(max_examples=40)
@given(SOME, SOME, st.sampled_from([-0.5, 0.0, 0.1, 1.25, 4.0]), st.booleans())
def test_a_change_lies_beyond_its_limit_exactly_where_the_test_says_so(new, old, limit, in_proportion):
    blocks = min(len(new), len(old))
    limit = limit if in_proportion else limit / 100
    compared = against_baseline(new[:blocks], old[:blocks], limit, in_proportion=in_proportion, p=0.9)
    assert outcome(compared, limit, Op.LE) == outcome_of_test(compared)


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
