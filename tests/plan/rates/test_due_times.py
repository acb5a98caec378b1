"""The moments of arrivals are where the area under the rate reaches their numbers."""

from fractions import Fraction

import numpy as np
from hypothesis import given

from harness.plan.rates.due_times import DueTimes, areas
from harness.plan.rates.rate_curve import RateCurve, Segment
from tests.plan.rates.test_rate_curve import SPIKE, curves


def test_a_constant_rate_has_its_arrivals_at_their_number_over_the_rate():
    level = RateCurve((Segment(Fraction(100), Fraction(7), Fraction(7)),))
    numbers = np.arange(600)
    assert np.array_equal(DueTimes(level).of(numbers), numbers / 7)


def test_a_climb_from_nothing_has_its_first_arrival_at_once_and_a_quarter_of_all_in_its_first_half():
    due_s = DueTimes(SPIKE).of(np.array([0, 50, 200, 800]))
    assert due_s.tolist() == [0, 2, 4, 10]


@given(curves)
def test_the_area_until_an_arrival_is_due_is_its_number(curve):
    numbers = np.linspace(0, float(curve.arrivals), 20)
    due_s = DueTimes(curve).of(numbers)
    assert np.all(np.diff(due_s) >= 0)
    for number, at_s in zip(numbers, due_s, strict=True):
        # A nanosecond of the highest rate, and the digits of a float.
        assert abs(float(curve.arrivals_until(at_s)) - number) <= 1e-4


@given(curves)
def test_areas_of_the_first_segment_are_those_of_the_curve(curve):
    at_s = np.linspace(0, float(curve.starts_s[1]), 7)
    expected = [float(curve.arrivals_until(each)) for each in at_s]
    np.testing.assert_allclose(areas(curve, at_s), expected, rtol=1e-6, atol=1e-4)
