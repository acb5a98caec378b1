"""Histograms of many blocks in a few arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.stats import table
from harness.judge.stats.position import (
    count_below,
    position_at_count,
    position_of,
    value_at_level_us,
    value_at_us,
)
from harness.judge.stats.table import BlockTable, GrowingTable
from harness.record.histograms.histogram import Histogram
from tests.record.histograms.recorded import dense

values = st.lists(st.integers(1, 10**8), max_size=30)
blocks = st.lists(values, max_size=6)


def histograms(lists):
    return [Histogram.of_values(np.array(each, dtype=np.int64))[0] for each in lists]


@given(blocks, st.integers(1, 10**8))
def test_counts_above_a_bucket_are_those_of_the_histograms(lists, limit_us):
    each = histograms(lists)
    built = BlockTable.of(each)
    edge = float(int(position_of(limit_us)) + 1)
    assert built.above(edge).tolist() == [histogram.count_above(limit_us) for histogram in each]


@given(blocks)
def test_totals_sums_and_the_pool_are_those_of_the_histograms(lists):
    each = histograms(lists)
    built = BlockTable.of(each)
    assert built.totals.tolist() == [histogram.total for histogram in each]
    assert np.array_equal(built.pooled(), dense(Histogram.merge(each)))
    means = [histogram.mean_us * histogram.total if histogram.total else 0 for histogram in each]
    assert np.allclose(built.sums_us, means)


def same(one, other):
    return (
        np.array_equal(one.keys, other.keys)
        and np.array_equal(one.cumulated, other.cumulated)
        and np.array_equal(one.starts, other.starts)
        and np.array_equal(one.pooled(), other.pooled())
    )


@given(blocks)
def test_a_growing_table_is_the_table_of_the_blocks_so_far(lists):
    each, growing = histograms(lists), GrowingTable()
    for number, block in enumerate(each, 1):
        growing.add(block)
        assert same(growing.table, BlockTable.of(each[:number]))


@given(blocks)
def test_in_pairs_neighbours_are_one_block(lists):
    each = histograms(lists)
    pairs = [Histogram.merge(each[place : place + 2]) for place in range(0, len(each), 2)]
    assert same(GrowingTable(each).in_pairs().table, BlockTable.of(pairs))


@given(blocks, st.integers(0, 23_551))
def test_cutting_off_low_buckets_leaves_the_counts_above(lists, bucket):
    built = BlockTable.of(histograms(lists))
    cut = built.from_bucket(bucket)
    assert cut.totals.tolist() == built.above(float(bucket)).tolist()
    assert np.array_equal(cut.pooled()[bucket:], built.pooled()[bucket:])


@given(st.floats(1, 3.5e9))
def test_a_position_leads_back_to_its_value(value_us):
    assert abs(value_at_us(position_of(value_us)) / value_us - 1) < 1e-9


@given(values.filter(len), st.floats(0.001, 1))
def test_a_quantile_lies_within_one_bucket_of_the_sorted_sample(sample, p):
    cumulated = np.cumsum(dense(histograms([sample])[0]))
    rank = min(max(int(np.ceil(round(p * len(sample), 9))), 1), len(sample))
    exact = sorted(sample)[rank - 1]
    assert exact <= value_at_level_us(cumulated, p) <= exact * 1.001 + 1
    assert abs(value_at_us(position_at_count(cumulated, p * len(sample))) - exact) <= exact * 0.001 + 1


@given(values.filter(len), st.floats(0.001, 1))
def test_as_many_values_lie_below_a_position_as_it_was_made_for(sample, p):
    cumulated = np.cumsum(dense(histograms([sample])[0]))
    wanted = p * len(sample)
    assert abs(count_below(cumulated, position_at_count(cumulated, wanted)) - wanted) < 1e-6


def test_counts_beyond_four_thousand_million_are_exact():
    big = Histogram([100, 200], [2**40, 2**40])
    built = BlockTable.of([big, big])
    assert built.totals.tolist() == [2**41, 2**41]
    assert built.above(150.0).tolist() == [2**40, 2**40]


@given(blocks)
def test_adding_up_in_small_parts_gives_the_same(lists):
    whole = BlockTable.of(histograms(lists))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(table, "AT_ONCE", 3)
        in_parts = whole.pooled()
    assert np.array_equal(in_parts, whole.pooled())
