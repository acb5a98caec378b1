"""Quantities are exact in both directions."""

from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.plan.criteria.quantity import (
    RATE,
    SHARE,
    SIZE,
    SIZE_RATE,
    TIME,
    QuantityError,
    fraction_text,
    parse,
    parse_fraction,
    rounded_text_of,
    shown,
    text_of,
)

DIMENSIONS = [TIME, SIZE, RATE, SHARE, SIZE_RATE]


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("90s", TIME, 90.0),
        ("15m", TIME, 900.0),
        ("24h", TIME, 86400.0),
        ("500ms", TIME, 0.5),
        ("0.1ms", TIME, 0.0001),
        ("13.2s", TIME, 13.2),
        ("2.4GB", SIZE, 2_400_000_000.0),
        ("1GiB", SIZE, 1073741824.0),
        ("6800/s", RATE, 6800.0),
        ("5%", SHARE, 0.05),
        ("0.02 %", SHARE, 0.0002),
        ("1MB/s", SIZE_RATE, 1_000_000.0),
    ],
)
def test_a_quantity_is_read_in_its_base_unit(text, dimension, value):
    assert parse(text, dimension) == value


@pytest.mark.parametrize(
    ("value", "dimension", "text"),
    [
        (90.0, TIME, "90s"),
        (900.0, TIME, "15m"),
        (86400.0, TIME, "24h"),
        (13.2, TIME, "13.2s"),
        (0.6, TIME, "600ms"),
        (0.0, TIME, "0s"),
        (2.4e9, SIZE, "2.4GB"),
        (1073741824.0, SIZE, "1GiB"),
        (0.0005, SHARE, "0.05%"),
        (7000.0, RATE, "7000/s"),
    ],
)
def test_a_value_is_written_as_people_would(value, dimension, text):
    assert text_of(value, dimension) == text


@given(st.floats(0, 1e15, allow_subnormal=False).filter(lambda value: value == 0 or value > 1e-9))
def test_every_value_reads_back_as_the_same_float(value):
    assert [parse(text_of(value, dimension), dimension) for dimension in DIMENSIONS] == [value] * 5


@given(st.integers(0, 10_000))
def test_every_weight_reads_back_as_the_same_fraction(steps):
    assert parse_fraction(fraction_text(Fraction(steps, 10_000))) == Fraction(steps, 10_000)


@pytest.mark.parametrize(
    ("text", "dimension", "says"),
    [
        ("90", TIME, "`90` has no unit; write 90s or 90m or 90h or 90ms"),
        ("2.4", SIZE, "`2.4` has no unit; write 2.4GB or 2.4MB"),
        ("5", SHARE, "`5` has no unit; write 5%"),
        ("6,800/s", RATE, "`6,800/s` is not a rate (units: /s); write for example 6800/s"),
        ("5 minutes", TIME, "`5 minutes` is not a time (units: h, m, s, ms, us)"),
        ("-5s", TIME, "`-5s` is not a time"),
        ("1e3s", TIME, "`1e3s` is not a time"),
        ("nan", TIME, "`nan` is not a time"),
        ("", TIME, "`` is not a time"),
        ("9" * 5000 + "s", TIME, "is not a time"),
        ("٣s", TIME, "is not a time"),
    ],
)
def test_what_is_no_quantity_is_refused_with_what_to_write(text, dimension, says):
    with pytest.raises(QuantityError) as error:
        parse(text, dimension)
    assert says in str(error.value)


@given(st.text(), st.sampled_from(DIMENSIONS))
def test_any_text_is_read_or_refused(text, dimension):
    with suppress(QuantityError):
        assert parse(text, dimension) >= 0


def test_text_from_outside_is_shown_on_one_short_printable_line():
    assert shown("a\x1b[31m\nb") == "`a?[31m?b`"
    assert len(shown("x" * 10_000)) == 63


def test_figures_for_people_have_four_digits():
    assert rounded_text_of(1 / 6, TIME) == "166.7ms"
    assert rounded_text_of(86400.0, TIME) == "24h"
