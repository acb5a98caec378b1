"""The windows of past traffic, on the clock of the log."""

import pytest

from harness.observe.past.past_source import LogClock, PastLogSource
from harness.plan.loader import parse_plan
from tests.observe.past.past import past_log

BEGAN_S = 1_767_880_800.0
PLAN = parse_plan(
    """service: tasks
traffic:
  access_log:
    path: access.log
    format: nginx-json
    variant: {field: upstream_addr, canary: ["10.0.0.7:8080"]}
judge: {block: 10s, warmup: 10s}
stages: [{name: half, weight: 50%, duration: 100s, interval: 10s, criteria: [error rate < 5%]}]
"""
)


@pytest.fixture
def source(tmp_path, logs_of):
    def make(length_s=300):
        (tmp_path / "access.log").write_bytes(past_log(BEGAN_S, [(length_s, 0.5, 1.0)]))
        clock = LogClock()
        made = PastLogSource(PLAN, logs_of(tmp_path / "access.log"), BEGAN_S, clock)
        return made, clock

    return make


def requests(windows):
    return sum(window.requests.total() for window in windows)


def test_windows_come_when_a_live_run_would_have_had_them_the_last_at_once(source):
    made, clock = source()
    windows = []
    made.begin(0, 20.0, windows.append)
    clock.go_to(31.9)
    made.poll()
    assert windows == []
    clock.sleep(0.2)
    made.poll()
    assert [window.start_s for window in windows] == [0.0]
    clock.go_to(120.0)
    made.poll()
    assert made.drained
    assert [window.start_s for window in windows] == [10.0 * number for number in range(10)]
    assert requests(windows) == 3000
    assert all(window.reading.lags_s == [None] for window in windows)


def test_the_next_part_begins_where_the_last_one_ended(source):
    made, clock = source()
    windows = []
    for begins_s in (0.0, 100.0):
        made.begin(0, begins_s, windows.append)
        clock.go_to(begins_s + 100)
        made.poll()
    assert requests(windows) == 6000


def test_a_stage_that_is_stopped_has_the_requests_until_then(source):
    made, clock = source()
    windows = []
    made.begin(0, 0.0, windows.append)
    clock.go_to(45.0)
    made.stop()
    assert made.drained
    assert windows[-1].length_s == pytest.approx(5.0)
    assert requests(windows) == pytest.approx(1350, abs=2)


def test_a_log_that_ends_before_the_stage_is_a_loss_told_once(source):
    made, clock = source(length_s=50)
    made.begin(0, 0.0, lambda window: None)
    clock.go_to(70.0)
    made.poll()
    (loss,) = made.losses()
    assert loss.startswith("the log ends at 2026-01-08 14:00:")
    assert made.losses() == []
