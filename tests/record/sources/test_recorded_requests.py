"""Moments and gaps of recorded requests."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.record.sources.recorded_requests import MIN_GAP_S, kolmogorov_distance, spread

moments = st.lists(st.floats(1e9, 1e9 + 3600), min_size=1, max_size=200).map(np.array)
seconds = st.lists(st.integers(10**9, 10**9 + 60), min_size=1, max_size=200).map(lambda s: np.array(s, float))


@given(st.one_of(moments, seconds))
def test_no_two_moments_are_the_same_and_none_is_lost(times_s):
    apart = spread(times_s)
    assert len(apart) == len(times_s)
    assert (np.diff(apart) > MIN_GAP_S / 2).all()


@given(seconds)
def test_requests_of_one_written_second_stay_in_it(times_s):
    assert (np.floor(spread(times_s)) == np.sort(times_s)).all()


def test_moments_that_are_apart_stay_as_they_are():
    times_s = np.array([0.5, 0.25, 3.125])
    assert spread(times_s).tolist() == [0.25, 0.5, 3.125]


def test_the_distance_is_none_between_equals_and_one_between_strangers():
    gaps = np.array([0.1, 0.2, 0.4])
    assert kolmogorov_distance(gaps, gaps) == 0
    assert kolmogorov_distance(gaps, gaps + 1) == 1
