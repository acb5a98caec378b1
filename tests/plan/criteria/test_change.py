"""Signed changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.plan.criteria.change import Difference, Ratio, change_text, parse_change
from harness.plan.criteria.quantity import SHARE, SIZE, TIME, QuantityError


@pytest.mark.parametrize(
    ("text", "dimension", "change"),
    [
        ("+25%", TIME, Ratio(0.25)),
        ("-10%", TIME, Ratio(-0.1)),
        ("+ 5ms", TIME, Difference(0.005)),
        ("+100MB", SIZE, Difference(100e6)),
        ("+0.02%", SHARE, Difference(0.0002)),
    ],
)
def test_a_percentage_is_a_ratio_except_of_a_share_where_it_means_points(text, dimension, change):
    assert parse_change(text, dimension) == change


@given(st.floats(-1000, 1000).filter(lambda value: value == 0 or abs(value) > 1e-9))
def test_every_change_reads_back_as_the_same_value(value):
    for change, dimension in ((Ratio(value), TIME), (Difference(value), TIME), (Difference(value), SHARE)):
        assert parse_change(change_text(change, dimension), dimension) == change


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("25%", "`25%` has no sign; write a change such as +25% or +150ms"),
        ("+25", "`+25` is not a change of a time; write +25% or +150ms"),
        ("+", "`+` is not a change of a time"),
        ("", "`` has no sign"),
        ("+5MB", "`+5MB` is not a change of a time"),
    ],
)
def test_what_is_no_change_is_refused_with_what_to_write(text, says):
    with pytest.raises(QuantityError) as error:
        parse_change(text, TIME)
    assert says in str(error.value)


def test_a_change_of_a_share_without_a_percent_sign_is_refused():
    with pytest.raises(QuantityError, match="has no unit; write 5%"):
        parse_change("+5", SHARE)
