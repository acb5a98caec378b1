"""The last part of a log that is still being written; what was read once is not read again."""

from __future__ import annotations

from pathlib import Path

from harness.record.histogram import Histogram
from harness.record.hlog import HlogLine, parse_line
from harness.record.intervals import Interval
from harness.record.lines import Line
from harness.record.tag import Tag


class Tail:
    """Keeps the intervals of the last ``keep_s`` seconds; ``started_s`` is the stage's start in the run."""

    def __init__(self, path: Path, started_s: float, keep_s: float) -> None:
        self.path = path
        self.started_s = started_s
        self._keep_s = keep_s
        self._read_bytes = 0
        self._windows: dict[float, dict[Tag, Histogram]] = {}
        self._lengths_s: dict[float, float] = {}

    def intervals(self) -> tuple[Interval, ...]:
        """Read what was added since the last call, and return what is kept, in order of time.

        The newest interval is held back until the next one begins: its lines may not all be there yet.
        """
        if self.path.exists():
            self._read()
        starts_s = sorted(self._windows)
        if starts_s:
            for start_s in [one for one in starts_s if one < starts_s[-1] - self._keep_s]:
                del self._windows[start_s]
        return tuple(
            Interval(round(start_s - self.started_s, 6), self._lengths_s[start_s], self._windows[start_s])
            for start_s in sorted(self._windows)[:-1]
        )

    def _read(self) -> None:
        with self.path.open("rb") as file:
            file.seek(self._read_bytes)
            data = file.read()
        whole = data[: data.rfind(b"\n") + 1]
        self._read_bytes += len(whole)
        for text in whole.splitlines():
            try:
                line = parse_line(Line(0, text))
            except ValueError:
                continue  # the judge reports it when the stage is over
            if line is not None:
                self._add(line)

    def _add(self, line: HlogLine) -> None:
        window = self._windows.setdefault(line.start_s, {})
        self._lengths_s.setdefault(line.start_s, line.length_s)
        before = window.get(line.tag)
        window[line.tag] = line.histogram if before is None else Histogram.merge((before, line.histogram))
