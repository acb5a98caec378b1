import string

import numpy as np
import pytest

from harness.observe.access_log.local_times import WrittenNow
from harness.observe.access_log.requests import LogReader
from harness.observe.access_log.windows import ANOTHER_ADDRESS, GIVEN_UP, STORED, StageWindows
from harness.plan.variant import Variant
from harness.record.histograms.endpoints import OTHERS
from harness.record.histograms.tag import UNATTRIBUTED, Kind, Tag
from tests.observe.access_log.logs import NGINX, nginx_line, reader_of, traffic_of

AT_S = 1_796_000_000.0
CANARY = "10.0.0.7:8080"


class Stage:
    """The windows of a stage of three seconds, and the reader that fills them."""

    def __init__(self, interval_s=1.0, duration_s=3.0, files=1):
        self.closed, self.readings = [], []
        self.windows = StageWindows(AT_S, interval_s, duration_s, 2.0, files, self._take)
        self.reader = reader_of(**NGINX)

    def _take(self, window):
        self.closed.append(window)
        self.readings.append(self.windows.reading(window))

    def add(self, *lines, read_s=0.5, file=0):
        self.windows.take(self.reader.read(b"".join(lines)), self.reader.endpoints, AT_S + read_s, file)

    @property
    def counts(self):
        return [dict(window.requests) for window in self.closed]


def test_a_request_belongs_to_the_interval_in_which_it_ended():
    stage = Stage()
    stage.add(nginx_line(AT_S), nginx_line(AT_S + 0.999, CANARY), nginx_line(AT_S + 1.0))
    stage.windows.close(AT_S + 3)
    assert stage.counts == [
        {"baseline": 1, "canary": 1},
        {"baseline": 1, "canary": 0},
        {"baseline": 0, "canary": 0},
    ]
    assert stage.windows.are_closed


def test_what_ended_before_or_after_the_stage_is_not_counted():
    stage = Stage()
    stage.add(nginx_line(AT_S - 0.001))
    stage.add(nginx_line(AT_S + 3.0), read_s=3.1)
    stage.windows.close(AT_S + 3)
    assert sum(window.total.due for window in stage.closed) == 0
    assert sum(reading.lines for reading in stage.readings) == 0


def test_a_good_response_of_another_variant_is_a_failure_of_the_one_asked_first_and_says_so():
    stage = Stage()
    stage.add(nginx_line(AT_S, f"{CANARY}, 10.0.0.5:8080"), nginx_line(AT_S, f"{CANARY}, {CANARY}"))
    stage.windows.close(AT_S + 3)
    window = stage.closed[0]
    assert {kind: count for (_, _, kind), count in window.tallies.errors.items()} == {GIVEN_UP: 1}
    assert (window.accounts["canary"].failed, window.accounts["canary"].completed) == (1, 1)


def test_times_failures_and_errors_are_those_of_the_log():
    stage = Stage()
    stage.add(nginx_line(AT_S, took_s=0.25), nginx_line(AT_S, CANARY, 503), nginx_line(AT_S, CANARY, 502))
    stage.windows.close(AT_S + 1)
    window = stage.closed[0]
    endpoint = "GET /api/tasks/{id}"
    assert window.histograms[Tag("baseline", Kind.RESPONSE, endpoint)].max_us == pytest.approx(
        250_000, abs=600
    )
    assert window.histograms[Tag("canary", Kind.FAILED, endpoint)].total == 2
    assert window.tallies.errors == {
        (Variant.CANARY, endpoint, "HTTP 503"): 1,
        (Variant.CANARY, endpoint, "HTTP 502"): 1,
    }
    account = window.accounts[Variant.CANARY]
    assert (account.due, account.completed, account.failed, account.open) == (2, 0, 2, 0)


def test_redirects_are_counted_apart_from_what_the_client_has_stored():
    stage = Stage()
    lines = [nginx_line(AT_S, CANARY, status) for status in (302, 307, 304, 200, 399)]
    stage.add(*lines, nginx_line(AT_S, status=301))
    stage.windows.close(AT_S + 1)
    endpoint = "GET /api/tasks/{id}"
    assert stage.closed[0].tallies.redirected == {
        (Variant.BASELINE, endpoint, ANOTHER_ADDRESS): 1,
        (Variant.CANARY, endpoint, ANOTHER_ADDRESS): 3,
        (Variant.CANARY, endpoint, STORED): 1,
    }


def test_a_line_for_a_closed_window_is_late_and_counted_nowhere_else():
    stage = Stage()
    stage.windows.close(AT_S + 1)
    stage.add(nginx_line(AT_S + 0.5), nginx_line(AT_S + 1.5), read_s=1.6)
    stage.windows.close(AT_S + 3)
    assert [reading.late for reading in stage.readings] == [0, 1, 0]
    assert sum(window.total.due for window in stage.closed) == 1


def test_readings_say_how_old_the_newest_line_was_and_whose_the_rest_are():
    stage = Stage(files=2)
    stage.add(nginx_line(AT_S + 0.1), nginx_line(AT_S + 0.4), read_s=0.6)
    stage.add(nginx_line(AT_S + 0.5, "-"), nginx_line(AT_S + 0.5, "-", 500), b"torn\n", read_s=0.9, file=1)
    stage.windows.close(AT_S + 1)
    reading = stage.readings[0]
    assert reading.lags_s == pytest.approx([0.2, 0.4], abs=1e-3)
    assert (reading.lines, reading.unread, reading.unrouted) == (5, 1, 1)
    assert stage.closed[0].accounts[UNATTRIBUTED].failed == 1
    assert reading.by_file == [2, 2]


@pytest.mark.parametrize("off_s", [-3600.0, -30.0, 30.0, 3600.0])
def test_lines_of_another_clock_are_counted_as_astray_and_their_lag_is_known(off_s):
    stage = Stage()
    stage.add(nginx_line(AT_S + 0.4 + off_s), nginx_line(AT_S + 0.5 + off_s), read_s=0.6)
    stage.windows.close(AT_S + 3)
    reading = stage.readings[0]
    assert (reading.lines, reading.astray) == (2, 2)
    assert reading.lags_s == pytest.approx([0.1 - off_s], abs=1e-3)


def test_a_stage_that_is_stopped_ends_with_a_shorter_window():
    stage = Stage()
    stage.add(nginx_line(AT_S + 1.2), nginx_line(AT_S + 1.4), read_s=1.5)
    stage.windows.stop(AT_S + 1.5)
    stage.add(nginx_line(AT_S + 1.8), read_s=1.9)
    stage.windows.close(AT_S + 1.5)
    assert [window.length_s for window in stage.closed] == [1.0, 0.5]
    assert [window.total.due for window in stage.closed] == [0, 2]
    assert stage.windows.are_closed


def test_every_window_has_a_line_for_each_series_seen_before():
    stage = Stage()
    stage.add(nginx_line(AT_S + 0.5))
    stage.windows.close(AT_S + 3)
    assert stage.closed[0].histograms.keys() == stage.closed[2].histograms.keys()


@pytest.mark.parametrize("pieces", [1, 7, 500])
def test_how_the_lines_were_read_makes_no_difference(pieces):
    rng = np.random.default_rng(1)
    lines = [
        nginx_line(AT_S + n * 0.003, ["10.0.0.5:80", CANARY][n % 2], took_s=rng.exponential(0.02))
        for n in range(1_000)
    ]
    whole, cut = Stage(), Stage()
    for stage, parts in ((whole, 1), (cut, pieces)):
        for chosen in np.array_split(np.arange(len(lines)), parts):
            stage.add(*(lines[place] for place in chosen))
        stage.windows.close(AT_S + 3)
    assert [w.accounts for w in whole.closed] == [w.accounts for w in cut.closed]
    assert [{t: h.encode() for t, h in w.histograms.items()} for w in whole.closed] == [
        {t: h.encode() for t, h in w.histograms.items()} for w in cut.closed
    ]


def test_an_endpoint_that_the_plan_names_is_counted_apart_when_a_scanner_came_before():
    stage = Stage()
    stage.reader = LogReader(traffic_of(**NGINX), WrittenNow(lambda: AT_S), ["GET /checkout"])
    stage.windows = StageWindows(AT_S, 1.0, 1.0, 2.0, 1, stage.closed.append, named=stage.reader.named)
    letters = string.ascii_lowercase
    scanned = [f"/{a}{b}.php" for a in letters for b in letters]
    stage.add(*(nginx_line(AT_S + 0.1, path=path, status=404) for path in scanned))
    stage.add(nginx_line(AT_S + 0.2, path="/checkout"), nginx_line(AT_S + 0.3, path="/checkout", status=404))
    stage.windows.close(AT_S + 3)
    counted = {tag.endpoint for tag, held in stage.closed[0].histograms.items() if held.total}
    assert {"GET /checkout", "GET /checkout (client error)", OTHERS} <= counted
