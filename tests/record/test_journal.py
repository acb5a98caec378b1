import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.record import journal
from harness.record.lines import Line
from harness.record.probes import PROBES, QueryProbe

QUERIES = st.lists(
    st.builds(
        QueryProbe,
        t_s=st.floats(0, 1e9),
        name=st.text(max_size=8),
        value=st.none() | st.floats(-1e100, 1e100),
        error=st.none() | st.text(max_size=8),
    ),
    max_size=5,
)
GOOD = b'{"t_s":1.0,"kind":"alerts","firing":[],"error":null}'


@pytest.fixture
def path(tmp_path):
    return tmp_path / "probes.jsonl"


@given(QUERIES)
def test_reading_gives_back_what_was_appended(tmp_path_factory, records):
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.unlink(missing_ok=True)
    path.touch()
    for record in records:
        journal.append(path, record, PROBES)
    assert journal.read(path, PROBES) == journal.Journal(tuple(records), ())


@given(QUERIES, st.data())
def test_a_file_cut_anywhere_yields_its_whole_lines(tmp_path_factory, records, data):
    path = tmp_path_factory.getbasetemp() / "cut.jsonl"
    path.write_bytes(b"")
    for record in records:
        journal.append(path, record, PROBES)
    raw = path.read_bytes()
    cut = raw[: data.draw(st.integers(0, len(raw)))]
    path.write_bytes(cut)
    read = journal.read(path, PROBES)
    assert read.records == tuple(records[: cut.count(b"\n")])
    assert len(read.problems) == (0 if cut.endswith(b"\n") or not cut else 1)


def test_every_record_is_one_line_and_ends_in_a_newline(path):
    for name in ("two\nlines\u2028", "memory"):
        journal.append(path, QueryProbe(t_s=1.0, name=name, value=1.0, error=None), PROBES)
    assert path.read_bytes().decode() == (
        '{"t_s":1.0,"kind":"query","name":"two\\nlines\u2028","value":1.0,"error":null}\n'
        '{"t_s":1.0,"kind":"query","name":"memory","value":1.0,"error":null}\n'
    )


def test_a_record_that_could_not_be_read_again_is_not_written(path):
    with pytest.raises(ValueError, match="field 't_s'"):
        journal.append(path, QueryProbe(t_s=float("nan"), name="memory", value=1.0, error=None), PROBES)
    assert not path.exists()


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        (b"garbage", "not JSON: expected value"),
        (b'{"t_s":1.0,"kind":"alerts"}', "kind 'alerts', field 'firing': Field required"),
        (b'{"t_s":1.0,"kind":"weather"}', "unknown kind 'weather'"),
        (b"x" * 1_100_000, "longer than"),
    ],
)
def test_a_bad_line_is_a_problem_with_its_number_and_the_others_are_used(path, bad, what):
    path.write_bytes(b"\n".join((GOOD, bad, GOOD, b"")))
    read = journal.read(path, PROBES)
    assert read.records == (PROBES.parse(GOOD), PROBES.parse(GOOD))
    (problem,) = read.problems
    assert problem.startswith("probes.jsonl:2: ")
    assert what in problem
    assert len(problem) < 300


def test_a_line_with_a_problem_is_not_used():
    with pytest.raises(ValueError, match="cut off"):
        journal.parse_line(Line(3, GOOD, "cut off"), PROBES)


def test_a_missing_file_is_a_problem(path):
    assert journal.read(path, PROBES) == journal.Journal((), ("probes.jsonl: is missing",))


def test_a_directory_in_its_place_is_a_problem(path):
    path.mkdir()
    assert journal.read(path, PROBES).problems == ("probes.jsonl: is not a regular file",)
