"""The lines of a log, cut into the facts that are asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, Protocol

import orjson

Row = tuple[object, ...]


class LineReader(Protocol):
    """Reads the lines of one kind of log."""

    def known(self, chunk: bytes) -> Iterator[Collection[str]]:
        """Yield the names of the facts that lines which can be read have, kind by kind."""

    def rows(self, chunk: bytes, names: Sequence[str]) -> tuple[list[Row], int]:
        """Return at least two facts of each line, None for a missing one, and how many are unreadable."""


class TextLines:
    """Lines that one regular expression describes; its groups are the facts."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    def known(self, chunk: bytes) -> Iterator[Collection[str]]:
        """Yield the names of the groups."""
        yield self._pattern.groupindex

    def rows(self, chunk: bytes, names: Sequence[str]) -> tuple[list[Row], int]:
        """Match every line."""
        lines = _without_rest(chunk.decode("utf-8", "replace").split("\n"))
        rows: list[Row] = [
            found.group(*names) for found in map(self._pattern.match, lines) if found is not None
        ]
        return rows, len(lines) - len(rows) - lines.count("")


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
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _without_rest(lines: list[Any]) -> list[Any]:
    """Drop the empty text after the last line's end."""
    return lines[:-1] if lines and not lines[-1] else lines


def _keys(record: dict[str, Any]) -> Iterable[str]:
    for key, value in record.items():
        yield key
        if isinstance(value, dict):
            yield from (f"{key}.{inner}" for inner in _keys(value))


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
