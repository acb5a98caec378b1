"""The format of a log that nobody named, recognized by its first lines."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from harness.observe.access_log.formats import BY_NAME, LogFormat
from harness.observe.access_log.lines import LineReader, Row, TextLines
from harness.plan.traffic.log_fields import LogField, NamedField, missing, resolved

_HEAD_BYTES: Final = 1 << 16
# The combined format without the request time, which most logs are written in.
_PLAIN: Final = re.compile(r'\S+ \S+ \S+ \[(?P<time_local>[^\]]+)\] "(?P<request>[^"]*)" (?P<status>\d+)')
_PLAIN_FIELDS: Final = {
    LogField.TIME: NamedField("time_local"),
    LogField.STATUS: NamedField("status"),
    LogField.REQUEST: NamedField("request"),
}


@dataclass(frozen=True)
class ReadableLog:
    """A way of reading lines, and what the facts in them are called; `begins` as for `LogFormat`."""

    lines: LineReader
    fields: Mapping[LogField, NamedField]
    begins: bool = False

    @classmethod
    def of(cls, log_format: LogFormat, piece: bytes) -> ReadableLog | None:
        """Choose the names of the facts by some lines; None where none can be read."""
        for known in log_format.lines.known(piece):
            fields = resolved(log_format.names, known)
            if LogField.TIME in fields and {LogField.REQUEST, LogField.PATH} & fields.keys():
                return cls(log_format.lines, fields, log_format.begins)
        return None

    def rows(self, piece: bytes) -> tuple[Sequence[Row], int]:
        """Return the facts of each line that can be read, and how many lines cannot."""
        return self.lines.rows(piece, [named.name for named in self.fields.values()])


def recognized(piece: bytes) -> ReadableLog | None:
    """Return the way of reading that suits most of the first lines; None where none suits any."""
    head = piece[: piece.rfind(b"\n", 0, _HEAD_BYTES) + 1] or piece
    ways = [ReadableLog(TextLines(_PLAIN), _PLAIN_FIELDS)]
    for each in BY_NAME.values():
        kinds = (known for known in each.lines.known(head) if not any(missing(each.names, known)))
        if (known := next(kinds, None)) is not None:
            ways.append(ReadableLog(each.lines, resolved(each.names, known), each.begins))
    best = max(reversed(ways), key=lambda way: len(way.rows(head)[0]))
    return best if best.rows(head)[0] else None
