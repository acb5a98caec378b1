"""Samples of several endpoints at the common mix."""

import numpy as np
import pytest

from harness.judge.comparisons.strata import Strata, mean_strata, quantile_strata
from harness.judge.stats.latency import Pair, quantile_sample
from tests.judge.stats.test_latency import latencies, lognormal

LIGHT, HEAVY, FEW = (
    latencies(lognormal(np.random.default_rng(seed), n=n, median_us=median_us))
    for seed, n, median_us in ((1, 1900, 40_000.0), (2, 100, 400_000.0), (3, 20, 400_000.0))
)
NOTHING = latencies([[]] * 30)


def test_one_endpoint_alone_is_taken_as_it_is():
    sample = quantile_sample(LIGHT, 0.95)
    alone = Strata([sample], [sample])
    assert alone.of_canary is sample.cumulated


def test_both_variants_have_the_mix_of_all_requests():
    both = quantile_strata([Pair(LIGHT, LIGHT), Pair(HEAVY, FEW)], 0.95)
    assert both.weights.sum() == pytest.approx(1)
    at_100_ms = np.searchsorted(both.of_canary, both.of_canary[-1] / 2)
    slow = [1 - float(side[at_100_ms]) / float(side[-1]) for side in (both.of_canary, both.of_baseline)]
    assert slow[0] == pytest.approx(slow[1], abs=0.01)
    assert both.n == LIGHT.cumulated[-1] + HEAVY.cumulated[-1]


def test_an_endpoint_without_a_success_of_either_variant_is_left_out():
    assert len(mean_strata([Pair(LIGHT, LIGHT), Pair(NOTHING, HEAVY)]).canary) == 1
    assert quantile_strata([Pair(LIGHT, NOTHING)], 0.95) is None
    assert quantile_strata([], 0.95) is None
