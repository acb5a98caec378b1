"""HdrHistogram's interval log, format 1.3: one text line per window and tag.

The files open in any HdrHistogram tool. Values are microseconds, as the `#UNITS` line says. `Interval_Max` is
in milliseconds, which is what the other writers put there too; readers take the maximum from the histogram.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, Self

from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import Tag
from harness.record.lines import Line, read_lines

MAX_LINE_BYTES: Final = 1 << 20
MAX_BYTES: Final = 4 << 30
_UNITS: Final = "#UNITS:microseconds"
_LEGEND: Final = '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"'
_NUMBER: Final = r"(\d{1,12}(?:\.\d{1,9})?)"
_START: Final = re.compile(rb"Tag=[^,]*,(\d{1,12}(?:\.\d{1,9})?),")
_BASE_TIME: Final = re.compile(rb"#\[BaseTime: (\d{1,12}(?:\.\d{1,9})?) \(seconds since epoch\)\]")
_HEAD: Final = re.compile(rf"Tag=([^,]*),{_NUMBER},{_NUMBER},{_NUMBER}")


class HlogLine(NamedTuple):
    """One window of one tag; `start_s` counts from the run's t = 0."""

    start_s: float
    length_s: float
    tag: Tag
    histogram: Histogram


Unreadable = str
"""What cannot be read of a log, as `file:line: what`."""


class HlogWriter:
    """Writes one log; the file must not exist yet, so that no evidence is ever overwritten."""

    def __init__(self, path: Path, base_time_epoch_s: float) -> None:
        started = datetime.fromtimestamp(base_time_epoch_s, UTC).isoformat(timespec="milliseconds")
        self._file = path.open("x", encoding="ascii", newline="\n")
        self._file.write(
            "#[Histogram log format version 1.3]\n"
            f"#[BaseTime: {base_time_epoch_s:.3f} (seconds since epoch)]\n"
            f"#[StartTime: {base_time_epoch_s:.3f} (seconds since epoch), {started}]\n"
            f"{_UNITS}\n{_LEGEND}\n"
        )
        self._file.flush()

    def write(self, start_s: float, length_s: float, tag: Tag, histogram: Histogram) -> None:
        """Append one line; it is safe from a killed process after the next `flush`."""
        max_ms = histogram.max_us / 1000 if histogram.total else 0.0
        line = f"Tag={tag},{start_s:.6f},{length_s:.6f},{max_ms:.3f},{histogram.encode()}\n"
        if len(line) > MAX_LINE_BYTES:
            raise ValueError(f"the endpoint name {tag.endpoint[:40]!r}… is too long to be recorded")
        self._file.write(line)

    def flush(self) -> None:
        """Hand everything written so far to the operating system."""
        self._file.flush()

    def close(self) -> None:
        """Flush and close; closing twice is harmless."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_hlog(path: Path, skipped: Collection[str] = ()) -> Iterator[HlogLine | Unreadable]:
    """Yield a log's lines; in the place of one that cannot be read comes what is wrong with it.

    Lines of the `skipped` kinds have an empty histogram: decoding is most of the work of reading a long log.

    A last line without its newline is what a killed writer leaves behind. A log that cannot be read any
    further ends with the reason.
    """
    try:
        for line in read_lines(path, MAX_LINE_BYTES, MAX_BYTES):
            try:
                parsed = parse_line(line, skipped)
            except ValueError as error:
                yield f"{path.name}:{line.number}: {error}"
            else:
                if parsed is not None:
                    yield parsed
    except OSError as error:
        yield f"{path.name}: {error.strerror}"


def base_time_epoch_s(path: Path) -> float | None:
    """Return the wall clock at t = 0 that the head of a log states; None where there is none."""
    try:
        for line in read_lines(path, MAX_LINE_BYTES, MAX_BYTES):
            if stated := _BASE_TIME.fullmatch(line.data):
                return float(stated[1])
            if not line.data.startswith(b"#"):
                return None
    except OSError:
        return None
    return None


def is_in_order(path: Path) -> bool:
    """Whether no line of a log starts before the one above it; a look at the starts alone."""
    latest_s = -math.inf
    try:
        for line in read_lines(path, MAX_LINE_BYTES, MAX_BYTES):
            if found := _START.match(line.data):
                start_s = float(found[1])
                if start_s < latest_s:
                    return False
                latest_s = start_s
    except OSError:
        return True
    return True


def parse_line(line: Line, skipped: Collection[str] = ()) -> HlogLine | None:
    """Read one line of a log, None for a line of its head; raises ValueError."""
    if line.problem:
        raise ValueError(line.problem)
    text = line.data.decode("ascii", errors="replace")
    if text.startswith("#") or text == _LEGEND or not text:
        _check_header(text)
        return None
    head, _, payload = text.rpartition(",")
    match = _HEAD.fullmatch(head)
    if match is None:
        raise ValueError("not a line of the form Tag=…,start,length,max,histogram")
    text, start_s, length_s, _ = match.groups()
    if not float(length_s):
        raise ValueError("the interval has no length")
    tag = Tag.parse(text)
    histogram = Histogram.empty() if tag.kind in skipped else Histogram.decode(payload)
    return HlogLine(float(start_s), float(length_s), tag, histogram)


def _check_header(text: str) -> None:
    if text.startswith("#UNITS:") and text != _UNITS:
        raise ValueError(f"values are in {text[7:40]!r}; only microseconds are read")
    if re.match(r"#\[Histogram log format version (?!1\.)", text):
        raise ValueError(f"unknown log format {text[2:60]!r}; version 1.x is read")
