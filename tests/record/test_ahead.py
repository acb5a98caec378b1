import os
import pickle

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.record.ahead import WORTH_BYTES, read_ahead, read_with_helper
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.hlog import HlogWriter, read_hlog
from harness.record.histograms.tag import Kind, Tag

LINES = 20_000


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A log with a corrupt line and a torn end."""
    path = tmp_path_factory.mktemp("ahead") / "01-canary-5.hlog"
    tags = [Tag("canary", Kind.RESPONSE, f"GET /{number}") for number in range(7)]
    some = [Histogram.of_values(range(1, 1000 * number, 7))[0] for number in range(len(tags))]
    with HlogWriter(path, 1_767_862_800.0) as writer:
        for number in range(LINES):
            writer.write(float(number), 1.0, tags[number % 7], some[number % 7])
    rows = path.read_text().split("\n")
    rows[LINES // 2] = rows[LINES // 2][:-3]
    path.write_text("\n".join(rows) + "Tag=canary")
    return path


def helpers():
    return [child for child in psutil.Process().children() if "harness.record.ahead" in child.cmdline()]


def test_a_helper_reads_what_this_process_would_read(log):
    reading = read_with_helper(log)
    first = next(reading)
    assert len(helpers()) == 1
    found = [first, *reading]
    assert found == list(read_hlog(log))
    assert sum(isinstance(item, str) for item in found) == 2
    assert not helpers()


def test_a_helper_leaves_out_what_this_process_would_leave_out(log):
    found = list(read_with_helper(log, [Kind.RESPONSE]))
    assert found == list(read_hlog(log, [Kind.RESPONSE]))
    lines = [line for line in found if not isinstance(line, str)]
    assert len(lines) == LINES
    assert not any(line.histogram.total for line in lines)


@pytest.mark.parametrize("after", [1, LINES // 3])
def test_when_the_helper_dies_nothing_is_missing(log, after):
    reading = read_with_helper(log)
    found = [next(reading) for _ in range(after)]
    (helper,) = helpers()
    helper.kill()
    assert [*found, *reading] == list(read_hlog(log))


def test_a_reader_that_stops_early_leaves_no_helper_behind(log):
    reading = read_with_helper(log)
    next(reading)
    reading.close()
    assert not helpers()


def test_a_short_log_gets_no_helper(log):
    assert log.stat().st_size < WORTH_BYTES
    reading = read_ahead(log)
    next(reading)
    assert not helpers()
    reading.close()


def test_a_long_log_gets_one_where_there_is_a_second_core(log, tmp_path):
    path = tmp_path / log.name
    comment = f"#{'x' * 1023}\n"
    path.write_text(log.read_text().replace("Tag=", comment * (WORTH_BYTES // len(comment) + 1) + "Tag=", 1))
    reading = read_ahead(path)
    next(reading)
    assert len(helpers()) == (len(os.sched_getaffinity(0)) > 1)
    reading.close()


def test_a_missing_log_is_told(tmp_path):
    path = tmp_path / "01-canary-5.hlog"
    assert list(read_ahead(path)) == list(read_with_helper(path)) == ["01-canary-5.hlog: is missing"]


@given(st.lists(st.integers(0, 2**53), max_size=8), st.integers(0, 10_000))
def test_a_histogram_goes_from_process_to_process_unchanged(counts, first):
    kept = [(first + place, count) for place, count in enumerate(counts) if count]
    histogram = Histogram([place for place, _ in kept], [count for _, count in kept])
    assert pickle.loads(pickle.dumps(histogram)) == histogram  # made in this line
