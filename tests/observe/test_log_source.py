"""The run's side of the process that watches a log."""

from types import SimpleNamespace

import pytest

from harness.observe.access_log.orders import (
    Begin,
    Closed,
    Drained,
    Lost,
    Seen,
    Stop,
    Watch,
    from_line,
    to_line,
)
from harness.observe.log_source import AccessLogSource
from harness.record.histograms.account import Account, new_accounts
from harness.record.histograms.window import ClosedWindow
from harness.record.sources.wall_clock import WallClock
from tests.judge.validity.traffic import traffic_plan

WINDOW = ClosedWindow(0.0, 1.0, {}, {**new_accounts(), "canary": Account(due=3, completed=3)})


class Process:
    """What the process says, and what it was told."""

    def __init__(self):
        self.said, self.told, self.ended = [], [], None

    def lines(self):
        said, self.said = self.said, []
        return [to_line(each) for each in said]

    def tell(self, line):
        self.told.append(from_line(line))

    def problem(self):
        return self.ended


@pytest.fixture
def made():
    process = Process()
    source = AccessLogSource(
        traffic_plan(),
        process,
        WallClock(lambda: 100.0, lambda: 1_796_000_000.0),
        lambda: 100.0,
        lambda _: None,
    )
    windows = []
    source.begin(0, 100.25, windows.append)
    return SimpleNamespace(process=process, source=source, windows=windows)


def test_a_stage_begins_at_the_wall_clock_s_moment_of_the_run_s_clock(made):
    [begun] = made.process.told
    assert isinstance(begun, Begin)
    assert (begun.number, begun.at_s) == (1, 1_796_000_000.25)


def test_windows_go_to_the_stage_that_asked_for_them(made):
    made.process.said = [Closed.of(1, WINDOW), Closed.of(7, WINDOW), Drained(7)]
    made.source.poll()
    assert made.windows == [WINDOW]
    assert made.source.snapshot().total.due == 3
    assert not made.source.drained
    made.process.said = [Drained(1)]
    made.source.poll()
    assert made.source.drained


def test_losses_are_told_once_and_the_end_of_the_process_always(made):
    made.process.said = [Lost("a.log was emptied")]
    made.source.poll()
    assert made.source.losses() == ["a.log was emptied"]
    assert made.source.losses() == []
    made.process.ended = "the process ended"
    assert made.source.losses() == made.source.losses() == ["the process ended"]


def test_giving_up_does_not_wait_for_a_process_that_has_ended(made):
    made.process.ended = "the process ended"
    made.source.give_up()
    assert not made.source.drained


def test_traffic_is_counted_from_now_on_apart_from_the_stage(made):
    made.process.said = [Seen(5, 5)]
    made.source.poll()
    seen = made.source.watch()
    assert made.process.told[-1] == Watch(1_796_000_000.0)
    made.process.said = [Seen(2, 1), Seen(4, 0)]
    made.source.poll()
    assert (seen.canary, seen.baseline_since) == (1, 4)


def test_a_stage_is_stopped_at_the_wall_clock_s_moment(made):
    made.source.stop()
    assert made.process.told[-1] == Stop(1_796_000_000.0)
