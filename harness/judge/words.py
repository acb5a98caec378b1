"""How figures read everywhere: `61.23 ms`, `0.1%`, `6,998/s`, `2.4 GB`, `1 h 45 min`.

What a plan says is quoted as it is written there (`p95 < 150ms`), and so is what somebody should write there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from harness.plan.criteria.measure import Measure
from harness.plan.criteria.quantity import RATE, SHARE, SIZE, TIME, Dimension

NEVER_ANSWERED: Final = "never answered"


@dataclass(frozen=True)
class Unit:
    """A unit of findings: its name, and how many base units it holds."""

    name: str
    size: float

    def of(self, value: float) -> float | None:
        """Convert from the base unit; None for what is not finite."""
        return value / self.size if math.isfinite(value) else None

    def observed(self, value: float | None) -> float | None:
        """Convert what was observed; it stays infinite for a request never answered."""
        return value if value is None or value == math.inf else self.of(value)

    def spoken(self, value: float, sign: str = "") -> str:
        """Write a value (in the base unit) with its unit; `sign="+"` marks changes."""
        if not math.isfinite(value) and value != math.inf:
            return "unknown"
        return with_unit(value / self.size, self.name, sign)


MILLISECONDS = Unit("ms", 1e-3)
PERCENT = Unit("%", 0.01)
PERCENTAGE_POINTS = Unit("pp", 0.01)
PER_SECOND = Unit("/s", 1.0)
GIGABYTES = Unit("GB", 1e9)
MEGABYTES = Unit("MB", 1e6)
PLAIN = Unit("", 1.0)


def unit_of(measure: Measure, limit: float) -> Unit:
    """Choose the unit of a measure; sizes by the size of their limit."""
    dimension: Dimension | None = measure.dimension
    if dimension is SIZE:
        return GIGABYTES if abs(limit) >= 1e9 else MEGABYTES
    for known, unit in ((TIME, MILLISECONDS), (SHARE, PERCENT), (RATE, PER_SECOND)):
        if dimension is known:
            return unit
    return PLAIN


def unit_of_difference(measure: Measure, difference: float) -> Unit:
    """Choose the unit of a difference between two values of a measure: shares differ by percentage points."""
    unit = unit_of(measure, difference)
    return PERCENTAGE_POINTS if unit is PERCENT else unit


def duration(seconds: float) -> str:
    """Write a stretch of time in its two largest units: `4.5 s`, `12 min`, `1 h 45 min`."""
    if abs(seconds) < 60:
        return with_unit(seconds, "s")
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    parts = [(hours, "h"), (minutes, "min"), (0 if hours else rest, "s")]
    return " ".join(f"{value} {unit}" for value, unit in parts if value)


def moment_of(t_s: float) -> str:
    """Write a moment of a run: `12 min after the start of the run`."""
    return f"{duration(round(max(t_s, 0.0), 1))} after the start of the run"


def with_unit(value: float, unit: str, sign: str = "") -> str:
    """Write a number with its unit; `sign="+"` marks changes: `150 ms`, `+12.5%`, `6,998/s`.

    An infinite one is the time of a request never answered, or a change to it.
    """
    if value == math.inf:
        return NEVER_ANSWERED
    space = " " if unit[:1].isalpha() else ""
    return f"{digits(value, sign)}{space}{unit}"


def counted(number: int, noun: str) -> str:
    """Write a number of things: `1 block`, `3,200 requests`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def digits(value: float, sign: str = "") -> str:
    """Write four significant digits, thousands separated, no exponent."""
    if abs(value) < 1e-9:
        return "0"
    places = max(0, 3 - math.floor(math.log10(abs(value))))
    text = f"{value:{sign},.{min(places, 9)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
