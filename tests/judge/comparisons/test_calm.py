"""Blocks in which the baseline was disturbed are left out of a last part."""

import numpy as np
import pytest

from harness.judge.comparisons.calm import calm
from harness.judge.stats.latency import Latencies, Pair
from harness.judge.stats.table import BlockTable
from harness.record.histograms.histogram import Histogram

BLOCKS = 20


def side(rng, slow=()):
    """Twenty blocks, of which some are eight times slower."""
    scales = [8.0 if block in slow else 1.0 for block in range(BLOCKS)]
    times_us = [4e4 * scale * np.exp(0.5 * rng.standard_normal(500)) for scale in scales]
    blocks = [Histogram.of_values(each)[0] for each in times_us]
    return Latencies(BlockTable.of(blocks), BlockTable.of([Histogram.empty()] * BLOCKS))


@pytest.mark.parametrize(
    ("canary", "baseline", "left"), [((), (3, 12), 18), ((3, 12), (), 20), ((), range(8), 20)]
)
def test_only_what_disturbs_the_baseline_for_a_short_time_is_left_out(canary, baseline, left):
    rng = np.random.default_rng(1)
    pairs, first = calm([Pair(side(rng, canary), side(rng, baseline))], 10)
    assert len(pairs[0].canary) == len(pairs[0].baseline) == left
    assert first == (9 if left == 18 else 10)
    assert pairs[0].canary.requests.tolist() == [500] * left
