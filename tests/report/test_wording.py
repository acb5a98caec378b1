import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report import wording


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.05, "0.05 s"),
        (12, "12 s"),
        (59.6, "59.6 s"),
        (90, "1 min 30 s"),
        (900, "15 min"),
        (6300, "1 h 45 min"),
        (86400, "24 h"),
    ],
)
def test_a_duration_reads_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert wording.duration(seconds) == text


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (350, "0.35 ms"),
        (1000, "1 ms"),
        (61_234, "61.23 ms"),
        (171_000, "171 ms"),
        (1_520_000, "1,520 ms"),
        (None, "–"),
    ],
)
def test_a_latency_reads_in_milliseconds(us: float | None, text: str) -> None:
    assert wording.latency(us) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (61.234, "ms", "61.23 ms"),
        (0.0832, "%", "0.0832%"),
        (6998.7, "/s", "6,999/s"),
        (0, "%", "0%"),
        (2.4, "GB", "2.4 GB"),
        (None, "ms", "–"),
        (math.inf, "ms", "–"),
        (math.nan, "ms", "–"),
    ],
)
def test_a_quantity_has_four_digits_at_most_and_its_unit(value: float | None, unit: str, text: str) -> None:
    assert wording.quantity(value, unit) == text


def test_a_weight_keeps_only_the_digits_it_needs() -> None:
    assert [wording.share(value) for value in (0.05, 0.125, 1.0)] == ["5%", "12.5%", "100%"]


def test_a_moment_of_the_run_reads_like_a_clock() -> None:
    assert [wording.clock(value) for value in (0, 65, 3725)] == ["+00:00", "+01:05", "+1:02:05"]


@given(st.text(max_size=300), st.integers(2, 120))
def test_cut_text_is_one_line_of_bounded_length_without_control_characters(text: str, length: int) -> None:
    shown = wording.cut(text, length)
    assert len(shown) <= length
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in shown)


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    shown = wording.together("It was 0.35 % (61.2 ms) after 12 s of 5 stages.")
    assert shown.replace("\N{NO-BREAK SPACE}", "~") == "It was 0.35~% (61.2~ms) after 12~s of 5 stages."


def test_overrides_of_the_writing_direction_become_visible_and_right_to_left_letters_stay() -> None:
    assert wording.visible("a\N{RIGHT-TO-LEFT OVERRIDE}b שלום") == "a\N{REPLACEMENT CHARACTER}b שלום"


def test_a_text_beyond_the_bound_says_how_much_is_missing() -> None:
    assert wording.bounded("x" * 25, 20) == "x" * 20 + "\n… and 5 characters more"
