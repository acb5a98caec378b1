"""An arrival rate over time is exact, whatever its parts."""

import math
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from harness.plan.rates.rate_curve import RateCurve, Segment, added, exact_per_s, exact_s

rates = st.integers(0, 100_000).map(lambda tenths: Fraction(tenths, 10))
lengths_s = st.integers(1, 600_000).map(lambda thousandths: Fraction(thousandths, 1000))
segments = st.builds(Segment, lengths_s, rates, rates)
curves = st.lists(segments, min_size=1, max_size=6).map(tuple).map(RateCurve)


def climb(lasts_s, from_per_s, to_per_s):
    return Segment(Fraction(lasts_s), Fraction(from_per_s), Fraction(to_per_s))


SPIKE = RateCurve((climb(4, 0, 100), climb(6, 100, 100), climb(1, 300, 300), climb(2, 300, 0)))


def test_the_arrivals_until_a_moment_are_the_area_under_the_rate():
    assert [SPIKE.arrivals_until(at_s) for at_s in (0, 2, 4, 10, 11, 12, 13)] == [
        0, 50, 200, 800, 1100, Fraction(1100 + 225), 1400,
    ]  # fmt: skip
    assert SPIKE.arrivals == 1400
    assert SPIKE.arrivals_until(-1) == 0
    assert SPIKE.arrivals_until(99) == 1400


def test_an_arrival_is_due_when_the_area_reaches_its_number():
    level = RateCurve((climb(1, 3, 3),))
    assert [level.count_until(at_s) for at_s in (0, 1 / 3, 0.34, 1)] == [0, 1, 2, 3]


def test_the_rate_of_a_moment_is_that_after_a_jump():
    assert [SPIKE.at_per_s(at_s) for at_s in (-1, 0, 1, 4, 9.9, 10, 12, 13, 99)] == [
        0, 0, 25, 100, 100, 300, 150, 0, 0,
    ]  # fmt: skip
    assert SPIKE.peak_per_s == 300
    assert SPIKE.corners[3:6] == ((10, 100), (10, 300), (11, 300))


def test_a_written_rate_is_taken_as_written_and_a_time_in_nanoseconds():
    assert exact_per_s(0.1) == Fraction(1, 10)
    assert exact_s(0.1 + 0.2) == Fraction(3, 10)


@given(curves, st.floats(0, 4000))
def test_any_part_of_a_curve_and_the_rest_are_the_whole(curve, at_s):
    end_s = float(curve.starts_s[-1]) + 1
    assert curve.arrivals_until(at_s) + (curve.arrivals - curve.arrivals_until(at_s)) == curve.arrivals
    assert curve.arrivals_until(end_s) == curve.arrivals == sum(each.arrivals for each in curve.segments)
    assert math.isclose(curve.between(0, at_s) + curve.between(at_s, end_s), curve.arrivals, abs_tol=1e-6)


@given(curves, curves)
def test_a_curve_after_another_adds_its_arrivals(first, second):
    assert first.then(second).arrivals == first.arrivals + second.arrivals


@given(curves, st.floats(0, 4000))
def test_the_sum_of_curves_has_the_arrivals_of_all(curve, at_s):
    assert added([curve, curve, curve]).arrivals_until(at_s) == 3 * curve.arrivals_until(at_s)
