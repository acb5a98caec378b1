import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.record.histograms.histogram import Histogram
from harness.record.histograms.hlog import HlogWriter
from harness.record.histograms.intervals import Interval, IntervalLog
from harness.record.histograms.tag import Kind, Tag

BASELINE = Tag("baseline", Kind.RESPONSE, "GET /tasks")
CANARY = Tag("canary", Kind.RESPONSE, "GET /tasks")
HEADER_LINES = 5


def of(*values_us):
    return Histogram.of_values(values_us)[0]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "02-canary-25.hlog"


def write(path, rows):
    path.unlink(missing_ok=True)
    with HlogWriter(path, 1_767_862_800.0) as writer:
        for start_s, tag, histogram in rows:
            writer.write(start_s, 10.0, tag, histogram)


def read(path, started_s):
    log = IntervalLog(path, started_s)
    return tuple(log), log.problems()


def change_line(path, number, change):
    rows = path.read_text().split("\n")
    rows[number - 1] = change(rows[number - 1])
    path.write_text("\n".join(rows))


def test_windows_are_relative_to_the_start_of_the_stage_and_in_order(path):
    write(path, [(25.3, CANARY, of(2)), (15.3, CANARY, of(1)), (15.3, BASELINE, Histogram.empty())])
    intervals, problems = read(path, 15.3)
    assert intervals == (
        Interval(0.0, 10.0, {CANARY: of(1), BASELINE: Histogram.empty()}),
        Interval(10.0, 10.0, {CANARY: of(2)}),
    )
    assert problems == ()


rows = st.tuples(
    st.integers(0, 3).map(lambda n: 10.0 * n),
    st.sampled_from([BASELINE, CANARY]),
    st.lists(st.integers(1, 5000), max_size=5).map(lambda values: of(*values)),
)


@given(st.lists(rows, max_size=12), st.randoms(use_true_random=False))
def test_lines_of_equal_start_and_tag_add_up_in_whatever_order_they_come(tmp_path_factory, content, shuffler):
    path = tmp_path_factory.getbasetemp() / "order.hlog"
    write(path, content)
    expected = read(path, 0.0)
    write(path, shuffler.sample(content, len(content)))
    assert read(path, 0.0) == expected
    found = {(i.start_s, tag): histogram for i in expected[0] for tag, histogram in i.histograms.items()}
    keys = {(start_s, tag) for start_s, tag, _ in content}
    assert found == {
        key: Histogram.merge(histogram for start_s, tag, histogram in content if (start_s, tag) == key)
        for key in keys
    }


def test_a_corrupt_line_costs_itself_alone(path):
    write(path, [(0.0, BASELINE, of(1)), (0.0, CANARY, of(2)), (10.0, CANARY, of(3))])
    change_line(path, HEADER_LINES + 2, lambda line: line[:-9])
    intervals, problems = read(path, 0.0)
    assert [dict(interval.histograms) for interval in intervals] == [{BASELINE: of(1)}, {CANARY: of(3)}]
    assert len(problems) == 1
    assert problems[0].startswith("02-canary-25.hlog:7: histogram payload is")


def test_a_torn_last_line_is_a_problem_and_the_rest_is_used(path):
    write(path, [(0.0, CANARY, of(1)), (10.0, CANARY, of(2))])
    path.write_bytes(path.read_bytes()[:-20])
    intervals, problems = read(path, 0.0)
    assert [interval.start_s for interval in intervals] == [0.0]
    assert len(problems) == 1
    assert problems[0].startswith("02-canary-25.hlog:7: the last line is cut off")


def test_many_corrupt_lines_are_counted_instead_of_listed(path):
    write(path, [(0.0, CANARY, of(1))])
    path.write_text(path.read_text() + "garbage\n" * 1000)
    intervals, problems = read(path, 0.0)
    assert len(intervals) == 1
    assert len(problems) == 21
    assert problems[-1] == "and 980 more problems of this kind"


def test_windows_that_differ_in_length_are_a_problem(path):
    write(path, [(0.0, BASELINE, of(1)), (0.0, CANARY, of(1))])
    change_line(path, HEADER_LINES + 2, lambda line: line.replace(",10.000000,", ",5.000000,"))
    intervals, problems = read(path, 0.0)
    assert [interval.length_s for interval in intervals] == [10.0]
    assert problems == ("02-canary-25.hlog: the windows at 0 s differ in length; the first counts",)


def test_a_missing_log_is_a_problem(path):
    assert read(path, 0.0) == ((), ("02-canary-25.hlog: is missing",))


def test_without_a_start_the_first_window_is_zero(path):
    write(path, [(40.0, CANARY, of(1)), (30.0, CANARY, of(1))])
    assert [interval.start_s for interval in read(path, None)[0]] == [0.0, 10.0]


def test_random_garbage_never_raises(path):
    garbage = random.Random(20260108)
    for _ in range(200):
        path.write_bytes(garbage.randbytes(garbage.randint(0, 2000)))
        intervals, _ = read(path, 0.0)
        assert intervals == ()
