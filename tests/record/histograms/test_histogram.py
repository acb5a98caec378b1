import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.record.histograms.grid import BUCKET_HIGHEST_US, BUCKET_MIDDLE_US, COUNTS, HIGHEST_US, index_of
from harness.record.histograms.histogram import Histogram
from tests.record.histograms.recorded import dense

durations_us = st.one_of(st.integers(1, 3000), st.integers(1, HIGHEST_US))
some_durations_us = st.lists(durations_us, min_size=1, max_size=200)
histograms = st.lists(durations_us, max_size=60).map(lambda values: Histogram.of_values(values)[0])


def bucket_top_us(value):
    return BUCKET_HIGHEST_US[index_of(np.array([value]))[0]]


@given(some_durations_us)
def test_it_counts_every_value_once(values):
    histogram, moved = Histogram.of_values(values)
    assert histogram.total == len(values)
    assert moved == 0
    indices, counts = histogram.sparse()
    assert counts.sum() == len(values)
    assert (counts > 0).all()
    assert (np.diff(indices) > 0).all()
    assert Histogram(indices, counts) == histogram


@given(some_durations_us)
def test_sparse_and_dense_hold_the_same(values):
    histogram, _ = Histogram.of_values(values)
    counts = dense(histogram)
    assert counts.tolist() == np.bincount(index_of(np.array(values)), minlength=COUNTS).tolist()
    assert Histogram.of_counts(counts) == histogram


@given(some_durations_us, st.floats(0, 1))
def test_a_quantile_is_the_upper_edge_of_the_bucket_of_the_value_at_that_rank(values, q):
    histogram, _ = Histogram.of_values(values)
    rank = max(math.ceil(Fraction(repr(q)) * len(values)), 1)
    exact_us = sorted(values)[rank - 1]
    assert histogram.quantile_us(q) == bucket_top_us(exact_us)
    assert exact_us <= histogram.quantile_us(q) <= exact_us * 1.001


@pytest.mark.parametrize(("q", "rank"), [(0, 1), (0.07, 7), (0.29, 29), (0.5, 50), (0.999, 100), (1, 100)])
def test_the_rank_of_a_quantile_is_not_moved_by_the_rounding_of_floats(q, rank):
    histogram, _ = Histogram.of_values(range(1, 101))
    assert histogram.quantile_us(q) == rank


@pytest.mark.parametrize("q", [-0.1, 1.1, 95, math.nan])
def test_a_quantile_outside_0_to_1_is_refused(q):
    with pytest.raises(ValueError, match="between 0 and 1"):
        Histogram.of_values([1])[0].quantile_us(q)


@given(some_durations_us)
def test_every_rank_finds_its_value(values):
    histogram, _ = Histogram.of_values(values)
    found = [histogram.value_at_rank_us(rank) for rank in range(1, len(values) + 1)]
    assert found == [bucket_top_us(value) for value in sorted(values)]


@pytest.mark.parametrize("rank", [-1, 0, 3])
def test_a_rank_outside_the_values_is_refused(rank):
    with pytest.raises(ValueError, match=f"no rank {rank} among 2 values"):
        Histogram.of_values([10, 20])[0].value_at_rank_us(rank)


@given(some_durations_us)
def test_mean_and_extremes_agree_with_the_values_to_a_bucket(values):
    histogram, _ = Histogram.of_values(values)
    assert histogram.min_us <= min(values) <= histogram.min_us * 1.001
    assert max(values) <= histogram.max_us <= max(values) * 1.001
    middles = BUCKET_MIDDLE_US[index_of(np.array(values))]
    assert histogram.mean_us == pytest.approx(middles.mean())


@given(some_durations_us, st.floats(-10, 2 * HIGHEST_US))
def test_count_at_most_counts_the_buckets_up_to_that_of_the_limit(values, limit_us):
    histogram, _ = Histogram.of_values(values)
    reach_us = -1 if limit_us < 0 else limit_us if limit_us > HIGHEST_US else bucket_top_us(limit_us)
    assert histogram.count_at_most(limit_us) == sum(value <= reach_us for value in values)
    assert histogram.count_at_most(limit_us) + histogram.count_above(limit_us) == histogram.total


@given(some_durations_us, st.floats(0, 1))
def test_at_least_the_share_q_is_at_most_the_quantile_of_q(values, q):
    histogram, _ = Histogram.of_values(values)
    assert histogram.count_at_most(histogram.quantile_us(q)) >= q * len(values) - 1e-9


@given(some_durations_us, durations_us)
def test_above_a_limit_are_the_values_that_are_not_at_most_the_limit(values, limit_us):
    histogram, _ = Histogram.of_values(values)
    above = histogram.above(limit_us)
    assert above.total == histogram.count_above(limit_us)
    assert above == Histogram.of_values([value for value in values if value > bucket_top_us(limit_us)])[0]


def test_everything_is_at_most_infinity():
    histogram, _ = Histogram.of_values([1, HIGHEST_US])
    assert histogram.count_at_most(math.inf) == 2
    assert histogram.count_at_most(HIGHEST_US) == 2
    assert histogram.count_at_most(0) == 0


@given(st.lists(histograms, max_size=6), st.randoms())
def test_merging_in_any_order_and_grouping_gives_the_same(parts, random):
    whole = Histogram.merge(parts)
    assert whole.total == sum(part.total for part in parts)
    shuffled = random.sample(parts, len(parts))
    cut = random.randint(0, len(parts))
    assert Histogram.merge([Histogram.merge(shuffled[:cut]), Histogram.merge(shuffled[cut:])]) == whole


@given(st.lists(st.lists(durations_us, max_size=20), max_size=5))
def test_a_merge_equals_the_histogram_of_all_values(lists):
    merged = Histogram.merge(Histogram.of_values(values)[0] for values in lists)
    assert merged == Histogram.of_values([value for values in lists for value in values])[0]


def test_merging_does_not_overflow_the_small_integers_counts_are_kept_in():
    full = Histogram([5], [255])
    assert Histogram.merge([full] * 300) == Histogram([5], [255 * 300])


@given(histograms)
def test_decoding_gives_back_what_was_encoded(histogram):
    assert Histogram.decode(histogram.encode()) == histogram


def test_values_out_of_range_are_clamped_and_counted():
    histogram, moved = Histogram.of_values([0, -3, 0.2, 5, 3.7e9, math.inf])
    assert moved == 5
    assert histogram == Histogram.of_values([1, 1, 1, 5, HIGHEST_US, HIGHEST_US])[0]


def test_a_value_that_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        Histogram.of_values([1.0, math.nan])


@pytest.mark.parametrize("ask", ["mean_us", "min_us", "max_us"])
def test_an_empty_histogram_has_no_mean_and_no_extremes(ask):
    with pytest.raises(ValueError, match="empty"):
        getattr(Histogram.empty(), ask)


def test_an_empty_histogram_has_no_quantile_and_counts_nothing():
    with pytest.raises(ValueError, match="empty"):
        Histogram.empty().quantile_us(0.5)
    assert Histogram.empty().total == 0
    assert Histogram.empty().count_at_most(math.inf) == 0
    assert Histogram.empty() == Histogram.of_values([])[0] == Histogram.merge([])


def test_what_it_hands_out_are_copies():
    histogram, _ = Histogram.of_values([7, 7, 9])
    indices, counts = histogram.sparse()
    indices[0] = counts[0] = 99
    assert histogram == Histogram.of_values([7, 7, 9])[0]


def test_it_keeps_nothing_of_the_arrays_it_was_made_from():
    indices, counts = np.array([7], dtype=np.uint16), np.array([2], dtype=np.uint8)
    histogram = Histogram(indices, counts)
    indices[0], counts[0] = 8, 3
    assert histogram == Histogram([7], [2])


def test_it_tells_what_it_is():
    assert repr(Histogram.of_values([7, 9])[0]) == "Histogram(2 values, 7…9 µs)"
    assert repr(Histogram.empty()) == "Histogram(empty)"
    assert Histogram.empty() != "Histogram(empty)"


@pytest.mark.parametrize("count", [2**8, 2**16, 2**32 - 1, 2**32, 2**40])
def test_counts_of_any_size_add_up(count):
    large, small = Histogram([7], [count]), Histogram([7, 9], [1, 2])
    together = Histogram.merge([large, small, large])
    assert together == Histogram([7, 9], [2 * count + 1, 2])
    assert dense(together)[7] == 2 * count + 1
    assert Histogram.decode(together.encode()) == together
