"""Known traffic from a router's access log."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from harness.app.first_test.known_traffic import KnownEndpoint, KnownRequest, KnownTraffic, UnknownTraffic
from harness.observe.access_log.formats import BY_NAME, format_of
from harness.observe.access_log.local_times import UnclearTime, WrittenInTurn
from harness.observe.access_log.moments import Moments
from harness.observe.access_log.recognition import ReadableLog, recognized
from harness.observe.endpoints import EndpointNames
from harness.observe.past.past_logs import PastFile
from harness.plan.traffic.log_fields import LogField, NamedField
from harness.plan.traffic.log_lines import STDIN, LogLines
from harness.record.histograms.histogram import Histogram

_MAX_REQUESTS: Final = 200
_MAX_ENDPOINTS: Final = 50
_SAFE: Final = ("GET", "HEAD")


@dataclass
class _Seen:
    """What the lines read so far contain."""

    count: int = 0
    failed: int = 0
    first_s: float = math.inf
    last_s: float = -math.inf
    durations: Histogram = field(default_factory=Histogram.empty)
    by_name: Counter[tuple[str, str]] = field(default_factory=Counter)
    requests: dict[tuple[str, str], dict[str, None]] = field(default_factory=lambda: defaultdict(dict))


def from_log(path: Path, log_format: str | None = None) -> KnownTraffic:
    """Read a log by nginx's `log_format`, or one whose format is recognized.

    Raises PastLogError and UnknownTraffic.
    """
    file = PastFile(path)
    try:
        first = file.read()
        readable = _recognized(first, path) if log_format is None else _as_given(log_format, first, path)
        seen, names = _Seen(), EndpointNames(())
        written = WrittenInTurn()
        for piece in _pieces(file, first):
            _take(seen, readable, names, written, piece)
    finally:
        file.close()
    return _known(seen, path)


def _pieces(file: PastFile, first: bytes) -> Iterator[bytes]:
    yield first
    while not file.is_over:
        yield file.read()


def _recognized(piece: bytes, path: Path) -> ReadableLog:
    if (readable := recognized(piece)) is None:
        formats = ", ".join(BY_NAME)
        raise UnknownTraffic(
            f"{path}: it is empty, or its lines are in none of the formats {formats}; "
            "give the string of nginx's log_format with --log-format"
        )
    return readable


def _as_given(log_format: str, piece: bytes, path: Path) -> ReadableLog:
    try:
        log = LogLines(path=(STDIN,), log_format=log_format)
    except ValidationError:
        raise UnknownTraffic("--log-format takes a string of 1 to 5,000 characters") from None
    if problems := list(log.format_problems(needed=(LogField.TIME, LogField.STATUS))):
        raise UnknownTraffic("; ".join(problems))
    readable = ReadableLog.of(format_of(log), piece)
    if readable is None or not readable.rows(piece)[0]:
        raise UnknownTraffic(f"{path}: it is empty, or none of its first lines can be read by the log_format")
    return readable


def _take(
    seen: _Seen, readable: ReadableLog, names: EndpointNames, written: WrittenInTurn, piece: bytes
) -> None:
    fields, (rows, _) = readable.fields, readable.rows(piece)
    durations_us: list[float] = []
    moments = Moments(None, written)
    for row in rows:
        fact = dict(zip(fields, row, strict=True))
        try:
            (at_s,) = moments.of([fact[LogField.TIME]])
            written.before_s = at_s
            status = int(str(fact[LogField.STATUS]))
            taken_s = _duration_s(fact, fields)
        except (ValueError, TypeError, KeyError, OverflowError, UnclearTime):
            continue
        method, path = _method_and_path(fact)
        if not method.isalpha() or not path.startswith("/"):
            continue
        seen.count += 1
        seen.failed += status >= 500
        seen.first_s, seen.last_s = min(seen.first_s, at_s), max(seen.last_s, at_s)
        if taken_s is not None and status < 500:
            durations_us.append(taken_s * 1e6)
        if status >= 400:
            continue
        route = names.name(method, path).removeprefix(f"{method} ")
        seen.by_name[method, route] += 1
        kept = seen.requests[method, route]
        if len(kept) < _MAX_REQUESTS:
            kept[path] = None
    if durations_us:
        seen.durations = Histogram.merge((seen.durations, Histogram.of_values(durations_us)[0]))


def _duration_s(fact: Mapping[LogField, object], fields: Mapping[LogField, NamedField]) -> float | None:
    if LogField.DURATION not in fact:
        return None
    return float(str(fact[LogField.DURATION])) * fields[LogField.DURATION].unit_s


def _method_and_path(fact: Mapping[LogField, object]) -> tuple[str, str]:
    if LogField.REQUEST in fact:
        method, _, rest = str(fact[LogField.REQUEST]).partition(" ")
        return method, rest.rpartition(" ")[0] or rest
    return str(fact.get(LogField.METHOD) or "GET"), str(fact.get(LogField.PATH) or "")


def _known(seen: _Seen, path: Path) -> KnownTraffic:
    sent = {key: count for key, count in seen.by_name.most_common() if key[0] in _SAFE}
    if not sent:
        raise UnknownTraffic(f"{path}: it has no GET or HEAD request with a status below 400")
    endpoints = [
        KnownEndpoint(method, route, max(1, round(1000 * count / sum(sent.values()))), _requests(seen, key))
        for key, count in list(sent.items())[:_MAX_ENDPOINTS]
        for method, route in [key]
    ]
    lasted_s = max(seen.last_s - seen.first_s, 1.0)
    return KnownTraffic(
        endpoints,
        f"{seen.count:,} requests in {path.name}, {seen.count / lasted_s:.3g} a second",
        rate_per_s=seen.count / lasted_s,
        p95_s=seen.durations.quantile_us(0.95) / 1e6 if seen.durations.total else None,
        error_rate=seen.failed / seen.count,
        left_out=[
            f"{count / sum(seen.by_name.values()):.1%} were {method} {route}: the log has no bodies"
            for (method, route), count in seen.by_name.most_common(10)
            if method not in _SAFE
        ],
    )


def _requests(seen: _Seen, key: tuple[str, str]) -> Sequence[KnownRequest]:
    return [KnownRequest(path) for path in seen.requests[key]]
