"""The process that watches a log: `python -m harness.observe.access_log SETTINGS`, started by a run alone.

It takes orders from standard input, writes one message a line, and ends when its standard input is closed.
"""

from __future__ import annotations

import time

from harness.observe.access_log.following.followed_file import FollowedFile
from harness.observe.access_log.following.streams import StandardInput, SyslogSocket
from harness.observe.access_log.local_times import WrittenNow
from harness.observe.access_log.log_watch import LogStream, LogWatch
from harness.observe.access_log.orders import (
    Answer,
    Begin,
    Closed,
    Drained,
    GiveUp,
    Lost,
    Order,
    Seen,
    Stop,
    Watch,
    WatchSettings,
    from_line,
    to_line,
)
from harness.observe.access_log.requests import LogReader
from harness.plan.traffic.log_lines import STDIN
from harness.process.main_loop import ParentLines, run_child, tell, tell_ready
from harness.record.histograms.window import ClosedWindow
from harness.record.sources.usage import process_gauge

_POLL_S = 0.05


def stream_of(path: str, stdin: int | None) -> LogStream:
    """Open one of a plan's logs; raises OSError."""
    if path == STDIN:
        if stdin is None:
            raise OSError("this run has no standard input to read the log from")
        return StandardInput(stdin)
    kind, _, address = path.partition(":")
    if kind == "unix":
        return SyslogSocket.unix(address)
    if kind == "udp":
        host, _, port = address.rpartition(":")
        return SyslogSocket.udp(host.strip("[]") or "127.0.0.1", int(port))
    return FollowedFile(path, time.monotonic)


class _Part:
    """The part of the run that is watched now."""

    number = 0
    was_drained = True


def main(line: str) -> None:
    """Watch until standard input is closed."""
    settings: WatchSettings = from_line(line)
    part, say = _Part(), _say

    def hand_over(window: ClosedWindow) -> None:
        say(Closed.of(part.number, window))

    log = settings.access_log
    streams = [stream_of(path, settings.stdin) for path in log.path]
    watch = LogWatch(
        streams,
        LogReader(settings.plan_part, WrittenNow(time.time), settings.named),
        log.settle_s,
        time.time,
        process_gauge(),
        hand_over,
        lambda what: say(Lost(what)),
        lambda baseline, canary: say(Seen(baseline, canary)),
    )
    orders = ParentLines()
    tell_ready()
    try:
        while (lines := orders.within(_POLL_S)) is not None:
            for order in map(from_line, lines):
                _obey(order, watch, part)
            watch.poll()
            if watch.is_idle and not part.was_drained:
                part.was_drained = True
                say(Drained(part.number))
    finally:
        for stream in streams:
            stream.close()


def _obey(order: Order, watch: LogWatch, part: _Part) -> None:
    match order:
        case Begin():
            part.number, part.was_drained = order.number, False
            watch.begin(order)
        case Stop():
            watch.stop(order.at_s)
        case GiveUp():
            watch.give_up()
        case Watch():
            watch.count_from(order.at_s)


def _say(message: Answer) -> None:
    tell(to_line(message))


if __name__ == "__main__":
    run_child("access log", main)
