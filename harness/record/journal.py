"""Append-only files of records, one JSON object a line."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Generic, NamedTuple

from harness.record.files.foreign_file import append_foreign
from harness.record.lines import Line, Problems, read_lines
from harness.record.vocabulary import R, Vocabulary

_MAX_LINE_BYTES: Final = 1 << 20
_MAX_BYTES: Final = 1 << 28
_MAX_RECORDS: Final = 1 << 20
"""A day of probes every second has half as many."""


class Journal(NamedTuple, Generic[R]):
    """The usable records of a file in order, and a `file:line: what` for every line that is not."""

    records: tuple[R, ...]
    problems: tuple[str, ...]


def append(path: Path, record: R, vocabulary: Vocabulary[R]) -> None:
    """Write a record as one line; ValueError when it could not be read again."""
    line = vocabulary.line_of(record) + b"\n"
    # One write: a kill cannot leave half of the line in our hands.
    append_foreign(path, line)


def read(path: Path, vocabulary: Vocabulary[R]) -> Journal[R]:
    """Read a file of records; a missing file, a torn end, garbage and wrong fields become problems."""
    problems = Problems()
    records: list[R] = []
    try:
        for line in read_lines(path, _MAX_LINE_BYTES, _MAX_BYTES):
            if len(records) == _MAX_RECORDS:
                more = f"more than {_MAX_RECORDS} records; the rest is not read"
                problems.add(f"{path.name}:{line.number}: {more}")
                break
            try:
                records.append(parse_line(line, vocabulary))
            except ValueError as error:
                problems.add(f"{path.name}:{line.number}: {error}")
    except OSError as error:
        problems.add(f"{path.name}: {error.strerror}")
    return Journal(tuple(records), problems.found())


def parse_line(line: Line, vocabulary: Vocabulary[R]) -> R:
    """Read one line of a journal; raises ValueError."""
    if line.problem:
        raise ValueError(line.problem)
    return vocabulary.parse(line.data)
