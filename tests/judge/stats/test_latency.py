"""Which responses a latency is made of."""

import numpy as np

from harness.judge.stats.latency import (
    Latencies,
    max_estimate,
    observed_mean_s,
    observed_quantile_s,
)
from harness.judge.stats.table import BlockTable
from harness.record.histograms.grid import bucket_of
from harness.record.histograms.histogram import Histogram


def table(blocks):
    return BlockTable.of([Histogram.of_values(np.asarray(block, dtype=np.int64))[0] for block in blocks])


def latencies(successful, failed=()):
    return Latencies(table(successful), table(list(failed) or [[]] * len(successful)))


def lognormal(rng, blocks=30, n=2000, median_us=40_000.0, wobble=0.05):
    shifts = np.exp(wobble * rng.standard_normal(blocks))
    return [median_us * shift * np.exp(0.6 * rng.standard_normal(n)) for shift in shifts]


def test_the_observed_quantile_is_the_one_histogram_tools_print():
    blocks = lognormal(np.random.default_rng(1))
    merged = Histogram.merge(Histogram.of_values(block.astype(np.int64))[0] for block in blocks)
    assert observed_quantile_s(latencies(blocks), 0.95) == merged.quantile_us(0.95) / 1e6


def test_a_fast_failure_does_not_improve_a_latency_and_a_timeout_worsens_it():
    blocks = [[10_000] * 95 + [20_000] * 5] * 10
    fast = latencies(blocks, [[100] * 50] * 10)
    slow = latencies(blocks, [[10_000_000] * 10] * 10)
    clean = latencies(blocks)
    assert observed_quantile_s(fast, 0.9) == observed_quantile_s(clean, 0.9)
    assert observed_quantile_s(slow, 0.9) > observed_quantile_s(clean, 0.9)
    assert observed_mean_s(fast) == observed_mean_s(clean)
    assert observed_mean_s(slow) > 0.5
    assert max_estimate(slow).observed > 9.9


def test_no_successful_response_has_no_latency():
    nothing = latencies([[]] * 5, [[1000]] * 5)
    assert observed_quantile_s(nothing, 0.95) is None
    assert observed_mean_s(nothing) is None
    assert max_estimate(latencies([[]])).observed is None


def test_failures_above_a_bucket_are_added_to_the_successes_bucket_by_bucket():
    some = latencies([[10_000] * 95, [20_000] * 5], [[5_000, 30_000, 40_000], [30_000]])
    bucket = bucket_of(20_000)
    sample = some.with_failures_above(bucket)
    slow = some.failed.from_bucket(bucket + 1)
    assert sample.cumulated.tolist() == np.cumsum(some.successful.pooled() + slow.pooled()).tolist()
    assert (sample.n, sample.sizes.tolist()) == (103, [97.0, 6.0])
