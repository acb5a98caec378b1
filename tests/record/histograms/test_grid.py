import numpy as np
import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from harness.record.histograms.grid import (
    BUCKET_HIGHEST_US,
    BUCKET_LOWEST_US,
    BUCKET_MIDDLE_US,
    COUNTS,
    HIGHEST_US,
    LOWEST_US,
    SIGNIFICANT_DIGITS,
    bucket_of,
    clamped,
    index_of,
)

HDRH = HdrHistogram(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS)
values = st.integers(0, 2**32 - 1)


def test_the_grid_is_as_long_as_hdrh_makes_it():
    assert HDRH.counts_len == COUNTS


@given(values)
def test_a_value_falls_into_the_bucket_hdrh_puts_it_in(value):
    assert index_of(np.array([value]))[0] == HDRH.get_counts_array_index(value)


@pytest.mark.parametrize("power", range(32))
def test_the_edges_of_every_power_of_two_fall_where_hdrh_puts_them(power):
    edges = [max(2**power + step, 0) for step in (-2, -1, 0, 1, 2)]
    assert index_of(np.array(edges)).tolist() == [HDRH.get_counts_array_index(edge) for edge in edges]


@given(st.one_of(values, st.floats(0, HIGHEST_US)))
def test_one_value_and_many_fall_into_the_same_bucket(value):
    assert bucket_of(value) == index_of(np.array([value]))[0]


@given(st.floats(0, 2**32 - 1))
def test_a_fraction_of_a_microsecond_does_not_change_the_bucket(value):
    assert index_of(np.array([value]))[0] == index_of(np.array([int(value)]))[0]


@given(values)
def test_bucket_edges_enclose_the_value_as_in_hdrh(value):
    index = index_of(np.array([value]))[0]
    assert BUCKET_LOWEST_US[index] == HDRH.get_lowest_equivalent_value(value)
    assert BUCKET_HIGHEST_US[index] == HDRH.get_highest_equivalent_value(value)
    assert BUCKET_LOWEST_US[index] <= BUCKET_MIDDLE_US[index] <= BUCKET_HIGHEST_US[index]


def test_buckets_follow_each_other_without_gap_and_are_at_most_a_thousandth_wide():
    assert (BUCKET_LOWEST_US[1:] == BUCKET_HIGHEST_US[:-1] + 1).all()
    assert ((BUCKET_HIGHEST_US - BUCKET_LOWEST_US) * 1000 <= BUCKET_LOWEST_US).all()


def test_values_out_of_range_are_moved_to_its_edge_and_counted():
    inside, moved = clamped(np.array([-5.0, 0.0, 0.4, 1.0, 7.9, 3.6e9, 3.7e9, np.inf]))
    assert inside.tolist() == [1, 1, 1, 1, 7, HIGHEST_US, HIGHEST_US, HIGHEST_US]
    assert moved == 5


def test_a_value_that_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        clamped(np.array([1.0, np.nan]))


def test_the_tables_of_edges_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        BUCKET_LOWEST_US[0] = 1
