import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.record import journal

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(st.text(max_size=8), json_values, max_size=5)


def anything_goes(record):
    pass


def needs_a_name(record):
    if "name" not in record:
        raise ValueError("lacks a name")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.jsonl"


@given(st.lists(objects, max_size=5))
def test_reading_gives_back_what_was_appended(tmp_path_factory, records):
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.unlink(missing_ok=True)
    path.touch()
    for record in records:
        journal.append(path, record, anything_goes)
    assert journal.read(path, anything_goes) == journal.Journal(tuple(records), ())


@given(st.lists(objects, min_size=1, max_size=4), st.data())
def test_a_file_cut_anywhere_yields_its_whole_lines(tmp_path_factory, records, data):
    path = tmp_path_factory.getbasetemp() / "cut.jsonl"
    path.unlink(missing_ok=True)
    for record in records:
        journal.append(path, record, anything_goes)
    raw = path.read_bytes()
    cut = raw[: data.draw(st.integers(0, len(raw)))]
    path.write_bytes(cut)
    read = journal.read(path, anything_goes)
    assert read.records == tuple(records[: cut.count(b"\n")])
    assert len(read.problems) == (0 if cut.endswith(b"\n") or not cut else 1)


def test_every_record_is_one_line_and_ends_in_a_newline(path):
    journal.append(path, {"text": "two\nlines\u2028"}, anything_goes)
    journal.append(path, {"name": "canary"}, anything_goes)
    assert path.read_bytes() == b'{"text":"two\\nlines\\u2028"}\n{"name":"canary"}\n'


@pytest.mark.parametrize("unknown", [math.nan, math.inf, -math.inf])
def test_a_number_json_does_not_have_is_written_as_null(path, unknown):
    journal.append(path, {"value": unknown}, anything_goes)
    assert journal.read(path, anything_goes).records == ({"value": None},)


def test_a_record_that_fails_its_check_is_not_written(path):
    with pytest.raises(ValueError, match="lacks a name"):
        journal.append(path, {"t_s": 1}, needs_a_name)
    assert not path.exists()


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        (b"garbage", "not JSON: Expecting value"),
        (b"", "not JSON"),
        (b"[1]", "not a JSON object but a list"),
        (b'{"name": NaN}', "not JSON: NaN is no number"),
        (b'{"name": 1e999}', "not JSON: 1e999 is no number"),
        (b'{"name": ' + b"9" * 5000 + b"}", "is no number"),
        (b'{"name": "\xff"}', "not UTF-8"),
        (b'{"other": 1}', "lacks a name"),
        (b'{"name": ' + b"[" * 300_000, "nested too deeply"),
        (b"x" * 1_100_000, "longer than"),
    ],
)
def test_a_bad_line_is_a_problem_with_its_number_and_the_others_are_used(path, bad, what):
    good = [b'{"name": "first"}', b'{"name": "last"}']
    path.write_bytes(good[0] + b"\n" + bad + b"\n" + good[1] + b"\n")
    read = journal.read(path, needs_a_name)
    assert read.records == tuple(json.loads(line) for line in good)
    (problem,) = read.problems
    assert problem.startswith("events.jsonl:2: ")
    assert what in problem
    assert len(problem) < 300


def test_a_missing_file_is_a_problem(path):
    assert journal.read(path, anything_goes) == journal.Journal((), ("events.jsonl: is missing",))


def test_a_directory_in_its_place_is_a_problem(path):
    path.mkdir()
    assert journal.read(path, anything_goes).problems == ("events.jsonl: is not a regular file",)
