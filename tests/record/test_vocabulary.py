import math
from dataclasses import dataclass
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.record.vocabulary import Number, Record, Vocabulary, Whole


@dataclass(frozen=True, kw_only=True, slots=True)
class Planted(Record):
    event: Literal["planted"] = "planted"
    seeds: Whole
    depth: Number | None
    bed: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Harvested(Record):
    event: Literal["harvested"] = "harvested"
    words: tuple[str, ...] = ()


GARDEN = Vocabulary("event", Planted | Harvested)
NUMBERS = st.floats(-1e9, 1e9)


def planted(t_s=b"1", seeds=b"1", depth=b"null"):
    return b'{"event":"planted","t_s":%b,"seeds":%b,"depth":%b}' % (t_s, seeds, depth)


@given(NUMBERS, st.integers(0, 10**18 - 1), st.none() | NUMBERS, st.none() | st.text())
def test_reading_gives_back_what_was_written(t_s, seeds, depth, bed):
    record = Planted(t_s=t_s, seeds=seeds, depth=depth, bed=bed)
    line = GARDEN.line_of(record)
    assert b"\n" not in line
    assert GARDEN.parse(line) == record


def test_optional_fields_without_a_value_are_left_out_and_unknown_values_are_null():
    assert GARDEN.line_of(Planted(t_s=1.0, seeds=3, depth=None)) == (
        b'{"t_s":1.0,"event":"planted","seeds":3,"depth":null}'
    )


def test_the_time_and_the_name_come_first():
    line = GARDEN.line_of(Harvested(t_s=1.0, stage="autumn", words=("a",)))
    assert line == b'{"t_s":1.0,"event":"harvested","stage":"autumn","words":["a"]}'


def test_more_fields_than_a_record_has_are_ignored():
    assert GARDEN.parse(b'{"t_s":1,"event":"harvested","more":{"than":[1]}}') == Harvested(t_s=1.0)


@pytest.mark.parametrize("unknown", [math.nan, math.inf, -math.inf])
def test_a_number_json_does_not_have_is_written_as_null(unknown):
    assert b'"depth":null' in GARDEN.line_of(Planted(t_s=1.0, seeds=1, depth=unknown))


def test_a_record_that_could_not_be_read_again_is_not_written():
    with pytest.raises(ValueError, match="event 'planted', field 't_s': Input should be a valid number"):
        GARDEN.line_of(Planted(t_s=math.nan, seeds=1, depth=None))


def test_half_a_character_becomes_a_question_mark():
    assert GARDEN.parse(GARDEN.line_of(Planted(t_s=1.0, seeds=1, depth=None, bed="\ud800 é"))).bed == "? é"


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"garbage", "not JSON: expected value at line 1 column 1"),
        (b"", "not JSON: EOF while parsing a value"),
        (b"[1]", "not a JSON object"),
        (b"7", "not a JSON object"),
        (b'{"event":"planted","t_s":1,"seeds":1,"depth":"\xff"}', "not JSON: invalid unicode code point"),
        (b'{"event":' + b"[" * 300_000, "not JSON: recursion limit exceeded"),
        (b'{"event":"picked"}', "unknown event 'picked'"),
        (b'{"event":["planted"]}', "unknown event"),
        (b'{"event":null}', "unknown event"),
        (b'{"t_s":1}', "the field 'event' is missing"),
        (planted(t_s=b"true"), "field 't_s': Input should be a valid number"),
        (planted(t_s=b"NaN"), "field 't_s': Input should be a finite number"),
        (planted(t_s=b"1e999"), "number"),
        (planted(seeds=b"9" * 19), "field 'seeds': Input should be less than"),
        (planted(seeds=b"9" * 5000), "not JSON: number out of range"),
        (planted(depth=b'"deep"'), "field 'depth': Input should be a valid number"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_with_a_short_reason(line, what):
    with pytest.raises(ValueError, match=what) as caught:
        GARDEN.parse(line)
    assert len(str(caught.value)) < 200


def test_a_long_unknown_name_is_quoted_only_in_part():
    with pytest.raises(ValueError, match="unknown event") as caught:
        GARDEN.parse(b'{"event":"' + b"x" * 10_000 + b'"}')
    assert len(str(caught.value)) < 100
