import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from hypothesis import given
from hypothesis import strategies as st

from harness.record.histograms.grid import HIGHEST_US
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.hlog import HlogLine, HlogWriter, read_hlog
from harness.record.histograms.tag import Kind, Tag

EPOCH_S = 1_767_862_800.25
CANARY = Tag("canary", Kind.RESPONSE, "GET /tasks")

times_s = st.integers(0, 10**9).map(lambda ms: ms / 1000)
histograms = st.lists(st.integers(1, HIGHEST_US), max_size=20).map(
    lambda values: Histogram.of_values(values)[0]
)
tags = st.builds(Tag, st.sampled_from(["baseline", "canary"]), st.sampled_from([*Kind]), st.text(max_size=20))
lines = st.builds(HlogLine, times_s, st.integers(1, 10**6).map(lambda ms: ms / 1000), tags, histograms)


def written(path, content):
    path.unlink(missing_ok=True)
    with HlogWriter(path, EPOCH_S) as writer:
        for line in content:
            writer.write(*line)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "01-canary-5.hlog"


@pytest.fixture
def log(path):
    histogram, _ = Histogram.of_values([1500, 21_000])
    return written(path, [HlogLine(float(10 * n), 10.0, CANARY, histogram) for n in range(3)])


@given(st.lists(lines, max_size=8))
def test_reading_gives_back_what_was_written(tmp_path_factory, content):
    path = written(tmp_path_factory.getbasetemp() / "any.hlog", content)
    assert list(read_hlog(path)) == content


@given(st.lists(lines, max_size=8))
def test_the_reader_of_the_hdrhistogram_library_reads_our_files(tmp_path_factory, content):
    path = written(tmp_path_factory.getbasetemp() / "theirs.hlog", content)
    reader = HistogramLogReader(str(path), HdrHistogram(1, HIGHEST_US, 3))
    for line in content:
        theirs = reader.get_next_interval_histogram()
        assert theirs.get_tag() == str(line.tag)
        assert theirs.get_start_time_stamp() == pytest.approx((EPOCH_S + line.start_s) * 1000, abs=0.01)
        length_ms = theirs.get_end_time_stamp() - theirs.get_start_time_stamp()
        assert length_ms == pytest.approx(line.length_s * 1000, abs=0.01)
        indices, counts = line.histogram.sparse()
        assert [theirs.get_count_at_index(int(index)) for index in indices] == counts.tolist()
        assert theirs.get_total_count() == line.histogram.total
    assert reader.get_next_interval_histogram() is None
    reader.close()


def test_the_file_begins_as_the_format_wants(log):
    head = log.read_text().splitlines()[:6]
    assert head[:5] == [
        "#[Histogram log format version 1.3]",
        "#[BaseTime: 1767862800.250 (seconds since epoch)]",
        "#[StartTime: 1767862800.250 (seconds since epoch), 2026-01-08T09:00:00.250+00:00]",
        "#UNITS:microseconds",
        '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ]
    assert head[5].startswith("Tag=canary.response.GET%20%2Ftasks,0.000000,10.000000,21.007,HISTFAAA")


def test_an_existing_log_is_never_written_over(log):
    with pytest.raises(FileExistsError):
        HlogWriter(log, EPOCH_S)
    assert len(list(read_hlog(log))) == 3


def test_what_is_flushed_is_on_the_disk_before_the_log_is_closed(path):
    writer = HlogWriter(path, EPOCH_S)
    writer.write(0.0, 10.0, CANARY, Histogram.of_values([5])[0])
    writer.write(0.0, 10.0, CANARY._replace(kind="failed"), Histogram.empty())
    writer.flush()
    assert [line.histogram.total for line in read_hlog(path)] == [1, 0]
    writer.close()
    writer.close()


def test_a_line_longer_than_readers_accept_is_not_written(path):
    with HlogWriter(path, EPOCH_S) as writer, pytest.raises(ValueError, match="too long to be recorded"):
        writer.write(0.0, 1.0, Tag("canary", "response", "/" * 400_000), Histogram.empty())
    assert list(read_hlog(path)) == []


@pytest.mark.parametrize("cut", [1, 2, 30, 80])
def test_a_torn_last_line_is_skipped_and_reported(log, cut):
    log.write_bytes(log.read_bytes()[:-cut])
    *whole, torn = read_hlog(log)
    assert [line.start_s for line in whole] == [0.0, 10.0]
    assert torn.startswith("01-canary-5.hlog:8: the last line is cut off")


@given(st.data())
def test_a_log_cut_anywhere_yields_its_whole_lines(tmp_path_factory, data):
    content = data.draw(st.lists(lines, min_size=1, max_size=4))
    path = written(tmp_path_factory.getbasetemp() / "cut.hlog", content)
    raw = path.read_bytes()
    cut = raw[: data.draw(st.integers(0, len(raw)))]
    path.write_bytes(cut)
    is_torn = bool(cut) and not cut.endswith(b"\n")
    found = list(read_hlog(path))
    whole_lines = max(cut.count(b"\n") - 5, 0)
    assert found[:whole_lines] == content[:whole_lines]
    assert [isinstance(rest, str) for rest in found[whole_lines:]] == [True] * is_torn


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("HISTFAAA", "HISTFBBB", "announced as"),
        ("Tag=canary.response", "Tag=canary", "tag 'canary.GET"),
        ("Tag=", "", "not a line of the form Tag="),
        (",10.000000,", ",nan,", "not a line of the form"),
        (",10.000000,", ",-1.0,", "not a line of the form"),
        (",10.000000,", ",1e400,", "not a line of the form"),
        (",10.000000,", "," + "9" * 5000 + ",", "not a line of the form"),
        (",10.000000,10.000000,", ",10.000000,0.000000,", "no length"),
        ("Tag=", "\0\0\xfe", "not a line of the form"),
        ("Tag=canary.response.GET", "Tag=canary.response.%FF", "not UTF-8"),
        ("Tag=", "x" * 1_100_000, "longer than"),
    ],
)
def test_a_corrupt_line_is_told_by_its_number_and_the_rest_is_read(log, old, new, what):
    rows = log.read_text().split("\n")
    rows[6] = rows[6].replace(old, new, 1)
    log.write_text("\n".join(rows), encoding="latin-1")
    before, corrupt, after = read_hlog(log)
    assert (before.start_s, after.start_s) == (0.0, 20.0)
    assert corrupt.startswith("01-canary-5.hlog:7: ")
    assert what in corrupt
    assert len(corrupt) < 300


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("#UNITS:microseconds", "#UNITS:nanoseconds", "01-canary-5.hlog:4: values are in 'nanoseconds'"),
        ("version 1.3", "version 2.0", "01-canary-5.hlog:1: unknown log format"),
    ],
)
def test_a_log_of_other_units_or_format_is_told(log, old, new, what):
    log.write_text(log.read_text().replace(old, new))
    assert next(read_hlog(log)).startswith(what)


def test_comments_and_blank_lines_are_skipped(log):
    log.write_text("# by hand\n\n" + log.read_text())
    assert len(list(read_hlog(log))) == 3


def test_a_missing_log_is_told(path):
    assert list(read_hlog(path)) == ["01-canary-5.hlog: is missing"]
