"""The lines of a log, cut into the facts that are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Final, Protocol

import orjson

from harness.observe.cpu_limit import MAX_MATCH_S, CpuLimit, TookTooLong

Row = tuple[object, ...]

# What others put before a line: a container's runtime, `docker compose logs`, a syslog daemon, a time alone.
_TAG = r"(?:\S+ )?[^\s:\[]+(?:\[\d+\])?: "
_ENVELOPE: Final = re.compile(
    r"\S+ (?:stdout|stderr) F "
    r"|\S+ +\| "
    rf"|(?:<\d{{1,3}}>)?(?:[A-Z][a-z]{{2}} [ \d]\d [\d:]{{8}} {_TAG}|\d{{4}}-\d\d-\d\dT\S+ (?:{_TAG})?)"
)
# nginx without `escape=json` writes a quote as `\\x22`.
_HEX_ESCAPE: Final = re.compile(rb"\\x([0-9A-Fa-f]{2})")
_MAX_DEPTH: Final = 10
# CPU time for each of many lines: several times what the slowest format needs.
_USUAL_MATCH_S: Final = 50e-6


class LineReader(Protocol):
    """Reads the lines of one kind of log."""

    def known(self, chunk: bytes) -> Iterator[Collection[str]]:
        """Yield the names of the facts that lines which can be read have, kind by kind."""

    def rows(self, chunk: bytes, names: Sequence[str]) -> tuple[list[Row], int]:
        """Return at least two facts of each line, None for a missing one, and how many are unreadable."""


class TextLines:
    """Lines that one regular expression describes; its groups are the facts.

    A line at which the expression tries for too long cannot be read.
    """

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    def known(self, chunk: bytes) -> Iterator[Collection[str]]:
        """Yield the names of the groups."""
        yield self._pattern.groupindex

    def rows(self, chunk: bytes, names: Sequence[str]) -> tuple[list[Row], int]:
        """Match every line."""
        lines = _without_rest(chunk.decode("utf-8", "replace").split("\n"))
        try:
            with CpuLimit(MAX_MATCH_S + _USUAL_MATCH_S * len(lines)):
                found = self._matched(lines)
        except TookTooLong:
            found = list(map(self._matched_alone, lines))
        rows: list[Row] = [each.group(*names) for each in found if each is not None]
        return rows, len(lines) - len(rows) - lines.count("")

    def _matched(self, lines: list[str]) -> list[re.Match[str] | None]:
        found = list(map(self._pattern.match, lines))
        if None in found:
            found = [each or self._enveloped(line) for each, line in zip(found, lines, strict=True)]
        return found

    def _matched_alone(self, line: str) -> re.Match[str] | None:
        try:
            with CpuLimit(MAX_MATCH_S):
                return self._matched([line])[0]
        except TookTooLong:
            return None

    def _enveloped(self, line: str) -> re.Match[str] | None:
        envelope = _ENVELOPE.match(line)
        return self._pattern.match(line, envelope.end()) if envelope else None


class JsonLines:
    """Lines with one JSON object each; a name with dots, such as `request.uri`, leads into an object."""

    def known(self, chunk: bytes) -> Iterator[Collection[str]]:
        """Yield the keys of each object, those of the objects in it with dots."""
        records, _ = _records(chunk)
        return (tuple(_keys(record)) for record in records)

    def rows(self, chunk: bytes, names: Sequence[str]) -> tuple[list[Row], int]:
        """Read every object."""
        records, unread = _records(chunk)
        try:
            rows: list[Row] = list(map(itemgetter(*names), records))
        except KeyError:
            getters = [_getter(name) for name in names]
            rows = [tuple(get(record) for get in getters) for record in records]
        return rows, unread


def _records(chunk: bytes) -> tuple[list[dict[str, Any]], int]:
    lines = _without_rest(chunk.split(b"\n"))
    try:
        found: Iterable[Any] = list(map(orjson.loads, lines))
    except orjson.JSONDecodeError:
        found = map(_loaded, lines)
    records = [record for record in found if type(record) is dict]
    return records, len(lines) - len(records) - lines.count(b"")


def _loaded(line: bytes) -> object:
    """Read a line in spite of an envelope, of escapes that are not JSON's and of bytes that are not UTF-8."""
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        text = _HEX_ESCAPE.sub(rb"\\u00\1", line[max(line.find(b"{"), 0) :])
    try:
        return orjson.loads(text.decode("utf-8", "replace"))
    except orjson.JSONDecodeError:
        return None


def _without_rest(lines: list[Any]) -> list[Any]:
    """Drop the empty text after the last line's end."""
    return lines[:-1] if lines and not lines[-1] else lines


def _keys(record: dict[str, Any], depth: int = _MAX_DEPTH) -> Iterable[str]:
    for key, value in record.items():
        yield key
        if isinstance(value, dict) and depth:
            yield from (f"{key}.{inner}" for inner in _keys(value, depth - 1))


def _getter(name: str) -> Callable[[dict[str, Any]], object]:
    first, _, rest = name.partition(".")
    if not rest:
        return lambda record: record.get(name)
    deeper = _getter(rest)

    def get(record: dict[str, Any]) -> object:
        inner = record.get(first)
        found = deeper(inner) if isinstance(inner, dict) else record.get(name)
        # Headers are lists; the first value counts.
        return found[0] if isinstance(found, list) and found else found

    return get
