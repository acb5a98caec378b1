"""Messages between a run and the process that watches its log."""

import pytest

from harness.observe.access_log.orders import (
    Begin,
    Closed,
    Drained,
    GiveUp,
    Lost,
    Seen,
    Stop,
    Watch,
    WatchSettings,
    from_line,
    to_line,
)
from harness.record.histograms.account import new_accounts
from harness.record.histograms.readings.log_reading import LogReading
from harness.record.histograms.window import ClosedWindow
from tests.observe.access_log.logs import NGINX, traffic_of

DOCUMENT = traffic_of(**NGINX).model_dump(mode="json", by_alias=True, exclude_none=True)
WINDOW = ClosedWindow(0.0, 1.0, {}, new_accounts(), reading=LogReading.of_files(2))


@pytest.mark.parametrize(
    "message",
    [
        Begin(1, 1_796_000_000.25, 0.5, 60.0),
        Stop(1_796_000_001.0),
        GiveUp(),
        Watch(1_796_000_001.0),
        Closed.of(1, WINDOW),
        Drained(1),
        Seen(3, 4),
        Lost('a "quoted" reason\n'),
        WatchSettings(DOCUMENT, 7),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_message_is_one_line_that_reads_back_as_itself(message):
    line = to_line(message)
    assert "\n" not in line
    assert from_line(line) == message


def test_a_window_with_its_reading_survives():
    assert from_line(to_line(Closed.of(1, WINDOW))).unpacked() == WINDOW


def test_the_settings_hold_the_part_of_the_plan():
    assert WatchSettings(DOCUMENT).access_log == traffic_of(**NGINX).access_log


@pytest.mark.parametrize("line", ["{}", "[]", '["Other", {}]', '["Begin", {}]', '["Stop"]', "not JSON"])
def test_anything_else_is_refused(line):
    with pytest.raises(ValueError):  # noqa: PT011 - the parser's own words
        from_line(line)
