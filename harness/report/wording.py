"""How figures that may be missing read, in the form of `judge.words`, and how text from outside is shown."""

import re
from datetime import UTC, datetime
from math import isfinite

from harness.judge import words
from harness.plan.criteria.measure import Measure
from harness.plan.criteria.quantity import RATE, SHARE, SIZE

NOTHING = "–"
_ACTING = (
    (0x00, 0x1F),
    (0x7F, 0x9F),
    (0x061C, 0x061C),
    (0x200E, 0x200F),
    (0x2028, 0x202E),
    (0x2066, 0x2069),
    (0xD800, 0xDFFF),
    (0xE0000, 0xE007F),
)
_UNIT = re.compile(r"(?<=\d) (?=(?:ms|s|min|h|GB|MB|kB|B|pp)\b|%)")


def count(value: float | None) -> str:
    """Return a whole number with thousands separators."""
    return NOTHING if value is None or not isfinite(value) else f"{value:,.0f}"


def quantity(value: float | None, unit: str) -> str:
    """Return a number with its unit: `61.23 ms`, `0.083%`, `6,999/s`."""
    return NOTHING if value is None or not isfinite(value) else words.with_unit(value, unit)


def latency(value_us: float | None) -> str:
    """Return a latency given in µs."""
    return quantity(None if value_us is None else value_us / 1e3, "ms")


def share(value: float | None) -> str:
    """Return a share or a weight 0..1 as a percentage."""
    return quantity(None if value is None else float(value) * 100, "%")


def rate_of_planned(achieved: float, planned: float | None) -> str:
    """Write the rate of a stage, and of which planned rate it is, if one was planned."""
    return rate(achieved) if planned is None else f"{rate(achieved)} of {rate(planned)}"


def rate(value: float | None) -> str:
    """Return a rate per second."""
    return quantity(value, "/s")


def size(value_bytes: float | None) -> str:
    """Return a number of bytes in decimal units."""
    if value_bytes is None or not isfinite(value_bytes):
        return NOTHING
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(value_bytes) >= scale:
            return words.with_unit(value_bytes / scale, unit)
    return words.with_unit(value_bytes, "B")


def of_measure(measure: Measure, value: float | None) -> str:
    """Return a value of a measure, given in base units."""
    if measure.is_latency:
        return latency(None if value is None else value * 1e6)
    if measure.dimension is SHARE:
        return share(value)
    if measure.dimension is RATE:
        return rate(value)
    return size(value) if measure.dimension is SIZE else quantity(value, "")


def duration(seconds: float | None) -> str:
    """Return a duration in its two largest units: `12 s`, `15 min`, `1 h 45 min`."""
    return NOTHING if seconds is None or not isfinite(seconds) else words.duration(seconds)


def clock(seconds: float) -> str:
    """Return a moment of the run as `+mm:ss` or `+h:mm:ss` since its start."""
    return f"+{stretch(seconds)}"


def wall(seconds: float, epoch_s: float) -> str:
    """Return the time of day in UTC at a moment of a run, with its date where that is a later day."""
    try:
        started, at = (datetime.fromtimestamp(value, UTC) for value in (epoch_s, epoch_s + round(seconds)))
    except (OverflowError, ValueError, OSError):
        return NOTHING
    return f"{at:%H:%M:%S}" if at.date() == started.date() else f"{at:%Y-%m-%d %H:%M:%S}"


def change(ratio: float | None) -> str:
    """Return a change against another value, as a share of it, with its sign: `+27.8%`."""
    if ratio is None or not isfinite(ratio):
        return NOTHING
    return f"{'+' if ratio > 0 else ''}{share(ratio)}"


def points(difference: float) -> str:
    """Return a difference of two shares, given in percent: `+0.123 pp`."""
    return words.with_unit(difference, words.PERCENTAGE_POINTS.name, "+")


def stretch(seconds: float) -> str:
    """Return a length of time as `mm:ss` or `h:mm:ss`, which stays as wide while it runs."""
    whole = max(round(seconds), 0)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


def cut(text: str, length: int = 80) -> str:
    """Return `text` on one line, shortened to `length` characters with an ellipsis."""
    line = " ".join(visible(text).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def together(text: str) -> str:
    """Return a sentence in which no line break comes between a number and its unit."""
    return _UNIT.sub("\N{NO-BREAK SPACE}", text)


def visible(text: str) -> str:
    """Return `text` on one line, with characters that act on their surroundings made visible as `�`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if char in "\n\t" else _shown(char) for char in text)


def bounded(text: str, most: int = 20_000) -> str:
    """Return `text` made visible, its lines kept, shortened to `most` characters."""
    kept = "".join(char if char in "\n\t" else _shown(char) for char in text[:most])
    return kept if len(text) <= most else f"{kept}\n… and {len(text) - most:,} characters more"


def is_acting(char: str) -> bool:
    """Whether a character acts on its surroundings instead of being shown.

    Control characters are forbidden in XML and act on terminals, direction marks and overrides reorder what
    follows, other line breaks make a line look like two, tags are invisible; halves of characters are none.
    """
    code = ord(char)
    return any(first <= code <= last for first, last in _ACTING) or code & 0xFFFE == 0xFFFE


def _shown(char: str) -> str:
    return "\N{REPLACEMENT CHARACTER}" if is_acting(char) else char
