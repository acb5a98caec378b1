"""The windows of one stage, put together from the lines of its log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from harness.record.histograms.histogram import Histogram
from harness.record.histograms.hlog import HlogLine, Unreadable, is_in_order, read_hlog
from harness.record.histograms.tag import Tag
from harness.record.lines import Problems

ReadLog = Callable[[Path], Iterator[HlogLine | Unreadable]]


@dataclass(frozen=True)
class Interval:
    """One window of a stage; `start_s` counts from the start of the stage, by when requests were due."""

    start_s: float
    length_s: float
    histograms: Mapping[Tag, Histogram]


class IntervalLog:
    """The windows of a log in order of time, read anew each time they are gone through.

    So a day of them need not fit into memory, if its lines are in order of time, as they are written. They
    may come in any order; those with equal start and tag add up. Starts are made relative to `started_s`, or
    to the first window when that is not known. `read` yields the lines of a log as `read_hlog` does.
    """

    def __init__(self, path: Path, started_s: float | None, read: ReadLog = read_hlog) -> None:
        self._path = path
        self._started_s = started_s
        self._read = read
        self._problems = Problems()

    def __bool__(self) -> bool:
        return any(isinstance(item, HlogLine) for item in read_hlog(self._path))

    def problems(self) -> tuple[str, ...]:
        """Return what could not be read when the windows were gone through last."""
        return self._problems.found()

    def __iter__(self) -> Iterator[Interval]:
        self._problems = problems = Problems()
        lines = _usable(self._read(self._path), problems)
        if not is_in_order(self._path):
            lines = iter(sorted(lines, key=lambda line: line.start_s))
        zero_s = self._started_s
        for start_s, together in groupby(lines, key=lambda line: line.start_s):
            zero_s = start_s if zero_s is None else zero_s
            yield self._interval(start_s, zero_s, together, problems)

    def _interval(
        self, start_s: float, zero_s: float, lines: Iterable[HlogLine], problems: Problems
    ) -> Interval:
        window: dict[Tag, Histogram] = {}
        length_s: float | None = None
        for line in lines:
            before = window.get(line.tag)
            window[line.tag] = line.histogram if before is None else Histogram.merge((before, line.histogram))
            length_s = line.length_s if length_s is None else length_s
            if line.length_s != length_s:
                problems.add(
                    f"{self._path.name}: the windows at {start_s:g} s differ in length; the first counts"
                )
        # Microseconds, as written: the difference of two floats would show its rounding.
        return Interval(round(start_s - zero_s, 6), length_s or 0.0, window)


def _usable(items: Iterable[HlogLine | Unreadable], problems: Problems) -> Iterator[HlogLine]:
    for item in items:
        if isinstance(item, HlogLine):
            yield item
        else:
            problems.add(item)
