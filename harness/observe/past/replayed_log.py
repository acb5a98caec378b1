"""Reads the requests of a log that are to be sent again. What a line says is never trusted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from harness.observe.access_log.formats import BY_NAME, format_of
from harness.observe.access_log.local_times import UnclearTime, WrittenInTurn
from harness.observe.access_log.moments import Moments
from harness.observe.access_log.recognition import ReadableLog, recognized
from harness.observe.past.past_logs import PastFile, PastLogError
from harness.plan.traffic.log_fields import LogField
from harness.plan.traffic.log_lines import STDIN
from harness.plan.traffic.replay import Replay, ReplayedLog
from harness.record.sources.recorded_requests import RecordedRequests, kolmogorov_distance, spread

MAX_REQUESTS: Final = 5_000_000
"""Later ones are left out; at 7,000 a second these are twelve minutes."""
MAX_DIFFERENT: Final = 200_000
MAX_PATH: Final = 8_000
MAX_PER_S: Final = 100_000
# One path of this origin: no other host (`//host`, `http://host`), and nothing that ends a request line. A
# backslash is what a log escapes by, and some take it for a slash (`/\\host`).
_PATH: Final = re.compile(r"/(?!/)[\x21-\x5b\x5d-\x7e]*")
_UNREADABLE: Final = (ValueError, TypeError, OverflowError)


def recorded_requests(replay: Replay) -> RecordedRequests:
    """Read every file of a plan's log; raises PastLogError where there is nothing to send."""
    log = replay.access_log
    if any(path == STDIN or path.startswith(("udp:", "unix:")) for path in log.path):
        raise PastLogError("a replay reads files; name them under `load.replay.access_log.path`")
    reading = _Reading(replay)
    for path in map(Path, log.path):
        for way, piece in _pieces(path, log):
            try:
                reading.take(way, piece)
            except UnclearTime as unclear:
                raise PastLogError(f"{path}: {unclear}") from None
    recorded = reading.result(", ".join(log.path))
    if (per_s := recorded.rate_per_s * replay.factor) > MAX_PER_S:
        raise PastLogError(
            f"{', '.join(log.path)}: at {replay.speed} it has {per_s:,.0f} requests a second on average, "
            f"and at most {MAX_PER_S:,} are sent; lower the `speed` of `load.replay`"
        )
    return recorded


def _pieces(path: Path, log: ReplayedLog) -> Iterator[tuple[ReadableLog, bytes]]:
    file = PastFile(path)
    try:
        piece = file.read()
        way = recognized(piece) if log.is_recognized else ReadableLog.of(format_of(log), piece)
        if way is None:
            known = f"one of the formats {', '.join(BY_NAME)}" if log.is_recognized else "the plan's format"
            raise PastLogError(f"{path}: its lines are not in {known}, or it is empty")
        yield way, piece
        while not file.is_over:
            yield way, file.read()
        if file.problem is not None:
            raise PastLogError(file.problem)
    finally:
        file.close()


class _Reading:
    def __init__(self, replay: Replay) -> None:
        self._methods = frozenset(replay.methods)
        self._written = WrittenInTurn()
        self._moments = Moments(replay.access_log.zone, self._written)
        self._times_s: list[float] = []
        self._numbers: list[int] = []
        self._place_of: dict[tuple[str, str], int] = {}
        self._left_out: Counter[str] = Counter()
        self._all_s: list[float] = []

    def take(self, way: ReadableLog, piece: bytes) -> None:
        rows, unread = way.rows(piece)
        self._leave_out("cannot be read", unread)
        for row in rows:
            fact = dict(zip(way.fields, row, strict=True))
            try:
                at_s = self._began_s(way, fact)
            except _UNREADABLE:
                self._leave_out("cannot be read")
                continue
            self._written.before_s = at_s
            if len(self._all_s) < MAX_REQUESTS:
                self._all_s.append(at_s)
                self._add(at_s, *_request(fact))
            else:
                self._leave_out(f"came after the first {MAX_REQUESTS:,}")

    def _began_s(self, way: ReadableLog, fact: Mapping[LogField, object]) -> float:
        (at_s,) = self._moments.of([fact[LogField.TIME]])
        duration = fact.get(LogField.DURATION)
        taken_s = 0.0 if way.begins or duration is None else float(str(duration))
        began_s = at_s - taken_s * (way.fields[LogField.DURATION].unit_s if taken_s else 0.0)
        if not np.isfinite(began_s) or taken_s < 0:
            raise ValueError("no moment")
        return began_s

    def _add(self, at_s: float, method: str, path: str) -> None:
        key = method, path
        if method not in self._methods:
            self._leave_out(f"{method[:20]} requests" if method.isalpha() else "requests without a method")
        elif len(path) > MAX_PATH or not _PATH.fullmatch(path):
            self._leave_out("paths that are not the service's")
        elif key not in self._place_of and len(self._place_of) >= MAX_DIFFERENT:
            self._leave_out(f"other paths than the first {MAX_DIFFERENT:,}")
        else:
            self._times_s.append(at_s)
            self._numbers.append(self._place_of.setdefault(key, len(self._place_of)))

    def _leave_out(self, why: str, count: int = 1) -> None:
        # A hostile log could give any number of reasons.
        if count:
            self._left_out[why if why in self._left_out or len(self._left_out) < 20 else "others"] += count

    def result(self, name: str) -> RecordedRequests:
        if not self._times_s:
            why = ", ".join(f"{count:,} {what}" for what, count in self._left_out.most_common(3))
            raise PastLogError(f"{name}: no request in it can be sent again{f' ({why})' if why else ''}")
        times_s = np.array(self._times_s)
        order = np.argsort(times_s, kind="stable")
        began_s, all_s = spread(times_s), spread(np.array(self._all_s))
        return RecordedRequests(
            began_s - began_s[0],
            np.array(self._numbers, dtype=np.int32)[order],
            tuple(self._place_of),
            dict(self._left_out),
            kolmogorov_distance(np.diff(began_s), np.diff(all_s)),
        )


def _request(fact: Mapping[LogField, object]) -> tuple[str, str]:
    if LogField.REQUEST in fact:
        method, _, rest = str(fact[LogField.REQUEST]).partition(" ")
        return method, rest.rpartition(" ")[0] or rest
    return str(fact.get(LogField.METHOD) or "GET"), str(fact.get(LogField.PATH) or "")
