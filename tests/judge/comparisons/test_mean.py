"""Means against a limit and against the baseline."""

import numpy as np
import pytest

from harness.judge.comparisons.mean import BlockMean, MeanAgainstBaseline, MeanAgainstLimit
from harness.judge.stats.bounds import Risks
from harness.judge.stats.latency import mean_sample
from tests.judge.stats.test_latency import latencies, lognormal

RISKS = Risks(lower=0.01, upper=0.05)


def block_mean(blocks):
    return BlockMean.of(mean_sample(latencies(blocks)))


def test_the_mean_is_that_of_the_values():
    blocks = lognormal(np.random.default_rng(8))
    mean = block_mean(blocks)
    assert mean.value_s == pytest.approx(np.concatenate(blocks).mean() / 1e6, rel=1e-3)
    assert mean.influence_s.sum() == pytest.approx(0, abs=1e-9)
    estimate = MeanAgainstLimit(mean, 0.060).within(RISKS)
    assert estimate.lower < estimate.observed < estimate.upper < 0.060


def test_a_slower_mean_is_found_in_proportion_and_by_an_amount():
    rng = np.random.default_rng(9)
    old, new = block_mean(lognormal(rng)), block_mean(lognormal(rng, median_us=52_000.0))
    assert MeanAgainstBaseline(new, old, 0.10, in_proportion=True).within(RISKS).lower > 0.10
    assert MeanAgainstBaseline(new, old, 0.005, in_proportion=False).within(RISKS).lower > 0.005
    assert MeanAgainstBaseline(old, new, 0.10, in_proportion=True).within(RISKS).upper < 0.10
