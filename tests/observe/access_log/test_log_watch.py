"""Streams on their way into windows: what is counted, handed over, and lost."""

from types import SimpleNamespace

import pytest

from harness.observe.access_log.log_watch import LogWatch
from harness.observe.access_log.orders import Begin
from tests.observe.access_log.logs import NGINX, nginx_line, reader_of

AT_S = 1_796_000_000.0
CANARY = "10.0.0.7:8080"


class Stream:
    """A log in memory."""

    def __init__(self):
        self.torn, self.lost, self.absence = 0, [], None
        self.pieces, self.identities = [], set()

    def read(self):
        pieces, self.pieces = self.pieces, []
        return iter(pieces)


class Watched:
    """A watch of some streams, and what it says."""

    def __init__(self, streams=1, settle_s=1.0):
        self.now_s = AT_S
        self.streams = [Stream() for _ in range(streams)]
        self.closed, self.losses, self.seen = [], [], []
        self.watch = LogWatch(
            self.streams,
            reader_of(**NGINX),
            settle_s,
            lambda: self.now_s,
            SimpleNamespace(read=lambda: SimpleNamespace(cpu=0.01, memory_bytes=1)),
            self.closed.append,
            self.losses.append,
            lambda *counts: self.seen.append(counts),
        )

    def add(self, *lines, stream=0):
        self.streams[stream].pieces += lines

    def at(self, since_s):
        self.now_s = AT_S + since_s
        self.watch.poll()


@pytest.fixture
def watched():
    return Watched()


def test_lines_before_a_stage_begins_are_read_and_not_counted(watched):
    watched.add(nginx_line(AT_S - 1))
    watched.at(0)
    watched.watch.begin(Begin(1, AT_S, 1.0, 1.0))
    watched.add(nginx_line(AT_S + 0.5))
    watched.at(2.5)
    assert [window.total.due for window in watched.closed] == [1]


def test_a_window_is_handed_over_when_its_lines_have_settled(watched):
    watched.watch.begin(Begin(1, AT_S, 1.0, 2.0))
    watched.at(1.9)
    assert watched.closed == []
    watched.add(nginx_line(AT_S + 0.5))
    watched.at(2.1)
    assert [window.total.due for window in watched.closed] == [1]
    assert not watched.watch.is_idle
    watched.at(3.0)
    assert watched.watch.is_idle


def test_giving_up_hands_over_what_is_there(watched):
    watched.watch.begin(Begin(1, AT_S, 1.0, 3.0))
    watched.add(nginx_line(AT_S + 0.5))
    watched.watch.give_up()
    assert [window.total.due for window in watched.closed] == [1, 0, 0]


def test_a_stage_that_is_stopped_is_over_when_its_last_lines_have_settled(watched):
    watched.watch.begin(Begin(1, AT_S, 1.0, 9.0))
    watched.watch.stop(AT_S + 1.5)
    watched.at(2.6)
    assert [window.length_s for window in watched.closed] == [1.0, 0.5]


def test_torn_lines_and_losses_count_while_a_stage_runs(watched):
    [stream] = watched.streams
    stream.torn, stream.lost = 3, ["before the stage"]
    watched.at(0)
    watched.watch.begin(Begin(1, AT_S, 1.0, 1.0))
    stream.torn, stream.lost = 2, ["access.log was emptied"]
    watched.at(0.5)
    watched.at(2.0)
    assert watched.losses == ["access.log was emptied"]
    assert watched.closed[0].reading.unread == 2


def test_a_file_that_does_not_exist_at_the_end_of_a_stage_is_a_loss_once():
    watched = Watched(streams=2)
    watched.streams[1].absence = "b.log does not exist"
    watched.watch.begin(Begin(1, AT_S, 1.0, 1.0))
    watched.at(0.5)
    assert watched.losses == []
    watched.at(2.0)
    watched.at(2.1)
    assert watched.losses == ["b.log does not exist"]


def test_requests_are_counted_from_a_moment_on_whether_a_stage_runs_or_not(watched):
    watched.watch.count_from(AT_S)
    watched.add(nginx_line(AT_S - 0.1, CANARY), nginx_line(AT_S), nginx_line(AT_S + 0.1, CANARY))
    watched.at(0.2)
    assert [tuple(map(sum, zip(*watched.seen, strict=True)))] == [(1, 1)]


def test_two_writers_whose_lines_come_in_any_order_are_counted_once():
    watched = Watched(streams=2)
    watched.watch.begin(Begin(1, AT_S, 1.0, 2.0))
    for number in range(200):
        watched.add(nginx_line(AT_S + (199 - number) * 0.01), stream=number % 2)
    watched.at(3.0)
    assert [window.total.due for window in watched.closed] == [100, 100]
    assert [window.reading.by_file for window in watched.closed] == [[50, 50], [50, 50]]


def test_a_file_that_two_paths_lead_to_is_a_loss(watched):
    two = Watched(streams=2)
    two.watch.begin(Begin(1, AT_S, 1.0, 1.0))
    two.streams[0].identities, two.streams[1].identities = {(1, 7), (1, 9)}, {(1, 8)}
    two.at(0.1)
    assert two.losses == []
    two.streams[1].identities = {(1, 9)}
    two.at(0.2)
    assert two.losses == ["two of the log's paths lead to the same file, so its lines count twice"]


def test_a_loss_that_lasts_is_reported_once_in_a_stage(watched):
    for begins_s in (0, 10):
        watched.watch.begin(Begin(1, AT_S + begins_s, 1.0, 1.0))
        for turn in range(3):
            watched.streams[0].lost.append("a.log cannot be read: Permission denied")
            watched.at(begins_s + turn / 10)
        watched.at(begins_s + 5)
    assert watched.losses == ["a.log cannot be read: Permission denied"] * 2
