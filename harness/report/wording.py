"""How numbers, durations and shares read: few digits, a unit, the same everywhere."""

import re
from datetime import UTC, datetime
from math import floor, isfinite, log10

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
_UNIT = re.compile(r"(?<=\d) (?=(?:%|ms|s|min|h|GB|MB)\b|%)")


def count(value: float | None) -> str:
    """Return a whole number with thousands separators."""
    return NOTHING if value is None or not isfinite(value) else f"{value:,.0f}"


def digits(value: float, significant: int = 3) -> str:
    """Return `value` with up to `significant` digits, thousands separated, never in exponent form."""
    if value == 0 or not isfinite(value):
        return "0" if value == 0 else NOTHING
    places = max(significant - 1 - floor(log10(abs(value))), 0)
    text = f"{value:,.{min(places, 6)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(value: float | None, unit: str) -> str:
    """Return a number with its unit: `61.2 ms`, `0.083%`, `6,999 /s`."""
    if value is None or not isfinite(value):
        return NOTHING
    if unit == "/s":
        return f"{f'{value:,.1f}'.removesuffix('.0') if abs(value) < 1000 else f'{value:,.0f}'}/s"
    return digits(value) + ("%" if unit == "%" else f" {unit}" if unit else "")


def latency(value_us: float | None) -> str:
    """Return a time given in µs in the unit one would say it in."""
    if value_us is None or not isfinite(value_us):
        return NOTHING
    if value_us >= 1e6:
        return f"{digits(value_us / 1e6)} s"
    return f"{digits(value_us / 1e3)} ms" if value_us >= 1000 or value_us == 0 else f"{value_us / 1e3:.2f} ms"


def share(value: float | None) -> str:
    """Return a share 0..1 as a percentage."""
    return NOTHING if value is None or not isfinite(value) else quantity(float(value) * 100, "%")


def percent(value: float | None) -> str:
    """Return a weight 0..1 without needless digits: `5%`, `12.5%`."""
    return NOTHING if value is None else f"{float(value) * 100:.4g}%"


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
            return f"{digits(value_bytes / scale)} {unit}"
    return f"{value_bytes:.0f} B"


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
    if seconds is None or not isfinite(seconds):
        return NOTHING
    if abs(seconds) < 60:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    parts = [(hours, "h"), (minutes, "min"), (0 if hours else rest, "s")]
    return " ".join(f"{value} {unit}" for value, unit in parts if value)


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
    """Return a difference of two shares, given in percent: `+0.12 pp`."""
    return f"{'+' if difference > 0 else ''}{digits(difference, 2)} pp"


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
