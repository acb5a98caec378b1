"""Histograms of many blocks in one array."""

import operator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

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
    stretches = ([(first, counts.tolist()) for first, counts in each.stretches()] for each in (one, other))
    return operator.eq(*stretches) and np.array_equal(one.pooled(), other.pooled())


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


def test_a_block_beyond_32_bits_makes_a_growing_table_wider_and_changes_none_before():
    small, big = Histogram([100, 200], [3, 2**31]), Histogram([50, 150], [2**32 - 1, 2])
    growing = GrowingTable([small])
    assert growing.table.cumulated.dtype == np.uint32
    growing.add(big)
    assert growing.table.cumulated.dtype == np.int64
    assert same(growing.table, BlockTable.of([small, big]))
    assert growing.in_pairs().table.totals.tolist() == [2**31 + 3 + 2**32 + 1]


def test_two_blocks_of_32_bits_that_add_up_to_more_are_exact():
    most = Histogram([100, 101], [2**31, 2**31 - 1])
    pair = GrowingTable([most, most]).in_pairs().table
    assert (pair.totals.tolist(), pair.above(101.0).tolist()) == ([2**33 - 2], [2**32 - 2])


@given(blocks, st.data())
def test_some_of_the_blocks_are_the_table_of_these_and_copy_no_count(lists, data):
    each = histograms(lists)
    built = BlockTable.of(each)
    first = data.draw(st.integers(0, len(each)))
    end = data.draw(st.integers(first, len(each)))
    kept = sorted(data.draw(st.sets(st.sampled_from(range(len(each))))) if each else ())
    assert same(built.part(first, end), BlockTable.of(each[first:end]))
    assert same(
        built.of_blocks(np.array(kept, dtype=np.int64)), BlockTable.of([each[place] for place in kept])
    )
    assert built.part(first, end).cumulated is built.cumulated


@given(blocks, st.integers(0, 23_551), st.floats(0, 23_551))
def test_what_is_above_a_position_is_the_same_of_values_from_a_bucket_below_on(lists, bucket, position):
    built = BlockTable.of(histograms(lists))
    cut = built.from_bucket(bucket)
    assert (
        cut.above(max(position, float(bucket))).tolist() == built.above(max(position, float(bucket))).tolist()
    )
