import pytest

from harness.record.follow import GrowingFile, GrowingLog, growing_journal
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.hlog import HlogWriter
from harness.record.histograms.tag import Kind, Tag
from harness.record.probes import PROBES, QueryProbe

CANARY = Tag("canary", Kind.RESPONSE, "GET /tasks")


def query(t_s):
    return QueryProbe(t_s=t_s, name="memory", value=1.0, error=None)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "probes.jsonl"


def test_a_file_that_is_not_there_yet_has_nothing_new(path):
    assert growing_journal(path, PROBES).new() == []


def test_each_record_is_returned_once(path):
    growing = growing_journal(path, PROBES)
    lines = [PROBES.line_of(query(float(t_s))) + b"\n" for t_s in range(3)]
    path.write_bytes(lines[0])
    assert growing.new() == [query(0.0)]
    with path.open("ab") as file:
        file.write(lines[1] + lines[2])
    assert growing.new() == [query(1.0), query(2.0)]
    assert growing.new() == []


def test_a_line_written_byte_by_byte_is_returned_when_it_is_whole(path):
    growing = growing_journal(path, PROBES)
    line = PROBES.line_of(query(1.0)) + b"\n"
    for byte in line[:-1]:
        with path.open("ab") as file:
            file.write(bytes([byte]))
        assert growing.new() == []
    with path.open("ab") as file:
        file.write(line[-1:])
    assert growing.new() == [query(1.0)]


def test_a_line_that_cannot_be_read_costs_nothing_else(path):
    path.write_bytes(b"garbage\n" + PROBES.line_of(query(1.0)) + b"\n")
    assert growing_journal(path, PROBES).new() == [query(1.0)]


def test_only_a_newline_ends_a_line(path):
    path.write_bytes(b"one\rstill one\n\ntwo\n")
    growing = GrowingFile(path, lambda line: line.data)
    assert growing.new() == [b"one\rstill one", b"", b"two"]


def test_the_newest_window_of_a_log_waits_for_the_next_one(tmp_path):
    path = tmp_path / "01-canary.hlog"
    growing = GrowingLog(path, started_s=5.0)
    with HlogWriter(path, 0.0) as log:
        for number in range(3):
            log.write(5.0 + 2 * number, 2.0, CANARY, Histogram.of_values([1000 + number])[0])
            log.flush()
            assert [interval.start_s for interval in growing.new()] == (
                [2.0 * (number - 1)] if number else []
            )


def test_lines_of_the_same_window_and_series_add_up(tmp_path):
    path = tmp_path / "01-canary.hlog"
    with HlogWriter(path, 0.0) as log:
        for start_s, values_us in ((0.0, [1000]), (0.0, [2000]), (1.0, [1])):
            log.write(start_s, 1.0, CANARY, Histogram.of_values(values_us)[0])
    [interval] = GrowingLog(path, started_s=0.0).new()
    assert (interval.length_s, interval.histograms[CANARY].total) == (1.0, 2)
