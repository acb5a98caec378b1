"""Files that are still being written; what was read once is not read again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

from harness.record import journal
from harness.record.files.foreign_file import open_foreign
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.hlog import HlogLine, parse_line
from harness.record.histograms.intervals import Interval
from harness.record.histograms.tag import Tag
from harness.record.lines import Line
from harness.record.vocabulary import R, Vocabulary

T = TypeVar("T")
_MAX_NEW_BYTES: Final = 1 << 26


class GrowingFile(Generic[T]):
    """Reads the lines added since the last call; None and lines that cannot be read are left out.

    `max_new_bytes` are taken in at once; the rest is new the next time.
    """

    def __init__(
        self, path: Path, parse: Callable[[Line], T | None], max_new_bytes: int = _MAX_NEW_BYTES
    ) -> None:
        self._path = path
        self._parse = parse
        self._max_new_bytes = max_new_bytes
        self._read_bytes = 0

    def new(self) -> list[T]:
        """Return what whole new lines say; a line that is not finished waits."""
        try:
            with open_foreign(self._path) as file:
                file.seek(self._read_bytes)
                whole, newline, _ = file.read(self._max_new_bytes).rpartition(b"\n")
        except FileNotFoundError:
            return []
        self._read_bytes += len(whole) + len(newline)
        parsed = (self._parsed(line) for line in whole.split(b"\n")) if newline else ()
        return [value for value in parsed if value is not None]

    def _parsed(self, text: bytes) -> T | None:
        try:
            return self._parse(Line(0, text))
        except ValueError:
            return None  # the judge reports it when the stage is over


def growing_journal(
    path: Path, vocabulary: Vocabulary[R], max_new_bytes: int = _MAX_NEW_BYTES
) -> GrowingFile[R]:
    """Follow a file of records."""
    return GrowingFile(path, lambda line: journal.parse_line(line, vocabulary), max_new_bytes)


class GrowingLog:
    """Puts the lines of a log together into intervals; `started_s` is the stage's start in the run."""

    def __init__(self, path: Path, started_s: float) -> None:
        self._lines = GrowingFile(path, parse_line)
        self._started_s = started_s
        self._windows: dict[float, dict[Tag, Histogram]] = {}
        self._lengths_s: dict[float, float] = {}

    def new(self) -> list[Interval]:
        """Return the intervals that are complete since the last call, in order of time.

        The newest one is held back until the next one begins: its lines may not all be there yet.
        """
        for line in self._lines.new():
            self._add(line)
        return [self._taken(start_s) for start_s in sorted(self._windows)[:-1]]

    def _add(self, line: HlogLine) -> None:
        window = self._windows.setdefault(line.start_s, {})
        self._lengths_s.setdefault(line.start_s, line.length_s)
        before = window.get(line.tag)
        window[line.tag] = line.histogram if before is None else Histogram.merge((before, line.histogram))

    def _taken(self, start_s: float) -> Interval:
        length_s = self._lengths_s.pop(start_s)
        return Interval(round(start_s - self._started_s, 6), length_s, self._windows.pop(start_s))
