"""What reading a router's log costs; figures for docs/reference/log-formats.md, asserted nowhere.

CPU time of this thread, so that a busy machine counts less. `python -m tests.benchmarks.test_reading_log`
reads a simulated day, 680 lines of every minute, and prints how memory develops.
"""

import resource
import sys
import time

import pytest

from harness.observe.access_log.local_times import WrittenNow
from harness.observe.access_log.requests import LogReader
from harness.observe.access_log.windows import StageWindows
from tests.observe.access_log.logs import NGINX, nginx_line, traffic_of

AT_S = 1_796_000_000.0
LINES = 50_000
KNOWN_IDS = 2_000
"""So many different ids are in the paths, or a new one in every line."""
PER_S = 6_800
OWNERS = ("10.0.0.5:8080", "10.0.0.7:8080")
COMBINED = {"format": "combined", "variant": NGINX["variant"]}


def unique_line(number, ended_s):
    return json_line(number, ended_s, ids=10**9)


def json_line(number, ended_s, ids=KNOWN_IDS):
    path = f"/api/tasks/{number % ids}?page={number % 9}"
    return nginx_line(ended_s, OWNERS[number % 20 == 0], path=path, took_s=0.01 + number % 97 * 1e-3)


def combined_line(number, ended_s):
    at = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(ended_s))
    return (
        f'10.1.1.{number % 250} - - [{at}] "GET /api/tasks/{number % KNOWN_IDS} HTTP/1.1" 200 512 "-" '
        f'"Mozilla/5.0 (X11)" 0.{10 + number % 89:03d} 0.009 "{OWNERS[number % 20 == 0]}"\n'
    ).encode()


def chunks(line_of, lines, began_s=AT_S, piece=5_000):
    numbers = range(lines)
    return [
        b"".join(line_of(n, began_s + n / PER_S) for n in numbers[first : first + piece])
        for first in range(0, lines, piece)
    ]


class Reading:
    """A reader and the windows of ten seconds that it fills."""

    def __init__(self, log, duration_s):
        self.reader = LogReader(traffic_of(**log), WrittenNow(lambda: AT_S))
        self.requests = 0
        self.windows = StageWindows(AT_S, 10.0, duration_s, 2.0, 1, self._take)

    def _take(self, window):
        self.requests += window.total.due
        self.windows.reading(window)

    def read(self, pieces, now_s):
        for piece in pieces:
            self.windows.take(self.reader.read(piece), self.reader.endpoints, now_s, 0)
        self.windows.close(now_s - 2.0)


@pytest.mark.parametrize(
    ("log", "line_of"),
    [(NGINX, json_line), (NGINX, unique_line), (COMBINED, combined_line)],
    ids=["json", "json, every id new", "combined"],
)
def test_lines_a_second_read_and_counted_by_one_process(benchmark, log, line_of):
    pieces = chunks(line_of, LINES)
    seconds = []

    def read():
        began_s = time.thread_time()
        Reading(log, 60.0).read(pieces, AT_S + LINES / PER_S)
        seconds.append(time.thread_time() - began_s)

    benchmark.pedantic(read, rounds=5, iterations=1)
    benchmark.extra_info["lines_per_cpu_s"] = round(LINES / min(seconds))


def test_following_seven_thousand_lines_a_second_twenty_times_a_second(benchmark):
    per_turn = PER_S // 20
    turns = [chunks(json_line, per_turn, AT_S + turn / 20, per_turn) for turn in range(200)]
    reading = Reading(NGINX, 60.0)
    seconds = []

    def follow():
        for turn, pieces in enumerate(turns):
            began_s = time.thread_time()
            reading.read(pieces, AT_S + turn / 20)
            seconds.append(time.thread_time() - began_s)

    benchmark.pedantic(follow, rounds=1, iterations=1)
    benchmark.extra_info["share_of_a_core"] = round(sum(seconds) / (len(seconds) / 20), 4)


def day(minutes=1_440, lines_each=PER_S // 10):
    """Read a day minute by minute, some lines of each; print how memory develops."""
    reading, read_s = Reading(NGINX, minutes * 60.0), 0.0
    for minute in range(minutes):
        at_s = AT_S + minute * 60.0
        pieces = [
            b"".join(json_line(minute * 7_919 + n, at_s + n / lines_each * 60) for n in range(lines_each))
        ]
        made_s = time.process_time()
        reading.read(pieces, at_s + 60.0)
        read_s += time.process_time() - made_s
        if minute % 240 == 239:
            mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            sys.stdout.write(f"{minute // 60 + 1} h: {reading.requests:,} requests, at most {mib} MiB\n")
    sys.stdout.write(f"{reading.requests / read_s:,.0f} lines per CPU second\n")


if __name__ == "__main__":
    day()
