"""Files of the past, read side by side."""

import gzip
import math
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from harness.observe.past.past_logs import PastLogError, PastLogs
from tests.observe.access_log.logs import NGINX, nginx_line, traffic_of
from tests.observe.past.past import past_log

BEGAN_S = 1_767_880_800.0


def ended(batches):
    return [at_s for batch in batches for at_s in batch.requests.ended_s.tolist()]


@pytest.fixture
def file(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def test_every_line_of_every_file_is_read_once_whatever_their_order(file, logs_of):
    parts = [past_log(BEGAN_S + 100 * part, [(100, 0.5, 1.0)]) for part in range(3)]
    paths = [
        file("access.log", parts[2]),
        file("access.log.1", parts[1]),
        file("old.log", gzip.compress(parts[0])),
    ]
    logs = logs_of(*paths)
    assert len(ended(logs.until(math.inf))) == sum(part.count(b"\n") for part in parts)
    assert logs.is_over
    assert BEGAN_S <= logs.first_s < logs.last_s <= BEGAN_S + 300


def test_a_file_is_read_no_further_than_asked_and_then_on(file, logs_of):
    logs = logs_of(file("access.log", past_log(BEGAN_S, [(2000, 0.5, 1.0)])))
    first = ended(logs.until(BEGAN_S + 10))
    assert first
    assert not logs.is_over
    assert len(first) + len(ended(logs.until(math.inf))) == 60_000


def test_what_was_read_ahead_is_not_lost(file, logs_of):
    logs = logs_of(file("access.log", past_log(BEGAN_S, [(100, 0.5, 1.0)])))
    logs.read_ahead(BEGAN_S + 50)
    assert len(ended(logs.until(math.inf))) == 3000


def test_files_of_several_routers_advance_together(file, logs_of):
    both = [past_log(BEGAN_S, [(1000, 0.5, 1.0)], seed=seed) for seed in (1, 2)]
    logs = logs_of(file("a.log", both[0]), file("b.log", both[1]))
    lasts = [batch.last_s for batch in logs.until(math.inf)]
    assert all(after >= before - 300 for before, after in pairwise(lasts))


def test_files_that_a_rotation_made_are_one_log(file, logs_of):
    names = ("access.log", "access.log.1", "access.log.2.gz", "access.log-20260108", "other.log")
    logs = logs_of(*(file(name, past_log(BEGAN_S + at, [(10, 0.5, 1.0)])) for at, name in enumerate(names)))
    assert logs.count == 2
    assert {batch.log for batch in logs.until(math.inf)} == {0, 1}


def test_a_last_line_without_an_end_counts(file, logs_of):
    logs = logs_of(file("access.log", nginx_line(BEGAN_S).rstrip()))
    assert len(ended(logs.until(math.inf))) == 1


def test_a_damaged_archive_is_said_to_be_one(file, logs_of):
    logs = logs_of(file("access.log.gz", gzip.compress(past_log(BEGAN_S, [(100, 0.5, 1.0)]))[:-2000]))
    list(logs.until(math.inf))
    assert "damaged" in logs.lost[0]


def test_a_file_that_is_missing_empty_or_in_another_format_is_an_error(file, tmp_path, logs_of):
    with pytest.raises(PastLogError, match=r"missing\.log: cannot be read \(no such file"):
        logs_of(tmp_path / "missing.log")
    empty = logs_of(file("empty.log", b""))
    list(empty.until(math.inf))
    with pytest.raises(PastLogError, match="no request in the log"):
        empty.check_begins()
    with pytest.raises(PastLogError, match=r"none of its first 2 lines .*`format: nginx-json`.*hello"):
        list(logs_of(file("other.log", b"hello\nworld\n")).until(math.inf))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_what_ended_long_before_the_start_is_not_read_line_by_line(file, pack):
    text = past_log(BEGAN_S, [(1200, 0.5, 1.0)])
    path, asked_s = file("access.log", pack(text)), BEGAN_S + 1100
    read = {}
    for from_s in (-math.inf, asked_s):
        with closing(PastLogs([path], traffic_of(**NGINX), (), from_s)) as logs:
            read[from_s] = ended(logs.until(math.inf))
            assert logs.first_s < BEGAN_S + 1
    assert [at for at in read[asked_s] if at >= asked_s] == [at for at in read[-math.inf] if at >= asked_s]
    assert len(read[asked_s]) < len(read[-math.inf]) / 2


def test_a_part_that_is_out_of_order_is_read_wherever_it_stands(file):
    early, late = (past_log(BEGAN_S + at, [(600, 0.5, 1.0)]) for at in (0, 3000))
    cut = late.index(b"\n", 8000) + 1
    path = file("access.log", early + late[:cut] + early + late[cut:])
    with closing(PastLogs([path], traffic_of(**NGINX), (), BEGAN_S + 3000)) as logs:
        found = [at for at in ended(logs.until(math.inf)) if at >= BEGAN_S + 3000]
    assert len(found) == late.count(b"\n")


def test_a_file_and_its_compressed_copy_are_refused(file, logs_of):
    text = past_log(BEGAN_S, [(10, 0.5, 1.0)])
    with pytest.raises(PastLogError, match="begin with the same lines, which would count twice"):
        logs_of(file("access.log.1", text), file("access.log.1.gz", gzip.compress(text)))


def local_lines(began, minutes):
    """Return lines whose times have no zone, ten a minute, as written in Berlin."""
    for tick in range(10 * minutes):
        at = (began + timedelta(seconds=6 * tick)).astimezone(ZoneInfo("Europe/Berlin"))
        yield f'{at:%Y-%m-%dT%H:%M:%S} 0.02 200 "GET /api/tasks" 10.0.0.5:8080\n'.encode()


LOCAL = {
    "regex": r'(?P<time>\S+) (?P<duration>\S+) (?P<status>\d+) "(?P<request>[^"]*)" (?P<who>\S+)',
    "timezone": "Europe/Berlin",
    "variant": {"field": "who", "canary": ["10.0.0.7:8080"]},
}
CLOCKS_GO_BACK = datetime(2026, 10, 25, 1, tzinfo=UTC)


def test_each_file_goes_through_a_change_of_the_clocks_by_itself(file):
    began = CLOCKS_GO_BACK - timedelta(hours=2)
    paths = [
        file("whole.log", b"".join(local_lines(began, 240))),
        file("later.log", b"".join(local_lines(CLOCKS_GO_BACK + timedelta(hours=1), 60))),
        file("unread.log", b"no line\n".join(local_lines(began, 240))),
    ]
    with closing(PastLogs(paths, traffic_of(**LOCAL))) as logs:
        read = ended(logs.until(math.inf))
    assert [min(read), max(read)] == [began.timestamp(), began.timestamp() + 4 * 3600 - 6]
    assert {*Counter(at_s // 3600 for at_s in read).values()} == {1200, 1800}


def test_a_file_that_begins_in_the_hour_that_the_clocks_repeat_is_refused(file):
    path = file("access.log", b"".join(local_lines(CLOCKS_GO_BACK - timedelta(hours=1), 180)))
    refused = pytest.raises(PastLogError, match=r"access.log: '2026-10-25T02:00:00' was twice")
    with closing(PastLogs([path], traffic_of(**LOCAL))) as logs, refused:
        ended(logs.until(math.inf))


def test_it_is_read_where_that_hour_was_over_before_the_start(file):
    path = file("access.log", b"".join(local_lines(CLOCKS_GO_BACK, 180)))
    from_s = CLOCKS_GO_BACK.timestamp() + 2 * 3600
    with closing(PastLogs([path], traffic_of(**LOCAL), (), from_s)) as logs:
        assert len([at_s for at_s in ended(logs.until(math.inf)) if at_s >= from_s]) == 600
