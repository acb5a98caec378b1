"""The windows of one stage, put together from the lines of its log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.record.histogram import Histogram
from harness.record.hlog import HlogError, HlogLine, HlogReader, read_hlog
from harness.record.lines import Problems
from harness.record.tag import Tag


@dataclass(frozen=True)
class Interval:
    """One window of a stage; `start_s` counts from the start of the stage, by when requests were due."""

    start_s: float
    length_s: float
    histograms: Mapping[Tag, Histogram]


def read_intervals(path: Path, started_s: float | None) -> tuple[tuple[Interval, ...], tuple[str, ...]]:
    """Read a log into windows in order of time, and the problems met on the way.

    Lines may come in any order; those with equal start and tag add up. Starts are made relative to
    `started_s`, or to the first window when that is not known.
    """
    problems = Problems()
    windows: dict[float, dict[Tag, Histogram]] = {}
    lengths_s: dict[float, float] = {}
    for line in _usable(path, problems):
        window = windows.setdefault(line.start_s, {})
        before = window.get(line.tag)
        window[line.tag] = line.histogram if before is None else Histogram.merge((before, line.histogram))
        if lengths_s.setdefault(line.start_s, line.length_s) != line.length_s:
            problems.add(f"{path.name}: the windows at {line.start_s:g} s differ in length; the first counts")
    zero_s = min(windows, default=0.0) if started_s is None else started_s
    intervals = tuple(
        # Microseconds, as written: the difference of two floats would show its rounding.
        Interval(round(start_s - zero_s, 6), lengths_s[start_s], windows[start_s])
        for start_s in sorted(windows)
    )
    return intervals, problems.found()


def _usable(path: Path, problems: Problems) -> Iterator[HlogLine]:
    reader = read_hlog(path)
    try:
        yield from _readable(reader, problems)
    except OSError as error:
        problems.add(f"{path.name}: {error.strerror}")
    if reader.torn:
        problems.add(reader.torn)


def _readable(reader: HlogReader, problems: Problems) -> Iterator[HlogLine]:
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except HlogError as error:
            problems.add(str(error))
