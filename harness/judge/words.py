"""Numbers as criteria write them: `61.2ms`, `0.1%`, `6,998/s`, `2.4GB`, `15m`."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.plan.criteria.measure import Measure
from harness.plan.criteria.quantity import RATE, SHARE, SIZE, TIME, Dimension


@dataclass(frozen=True)
class Unit:
    """A unit of findings: its name, and how many base units it holds."""

    name: str
    size: float

    def of(self, value: float) -> float | None:
        """Convert from the base unit; None for what is not finite."""
        return value / self.size if math.isfinite(value) else None

    def spoken(self, value: float, sign: str = "") -> str:
        """Write a value (in the base unit) with its unit; `sign="+"` marks changes."""
        if not math.isfinite(value):
            return "unknown"
        return f"{_digits(value / self.size, sign)}{self.name}"


MILLISECONDS = Unit("ms", 1e-3)
PERCENT = Unit("%", 0.01)
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


def duration(seconds: float) -> str:
    """Write a stretch of time: `45s`, `12m`, `24h`."""
    if seconds < 120:
        return f"{_digits(seconds)}s"
    return f"{_digits(seconds / 60)}m" if seconds < 7200 else f"{_digits(seconds / 3600)}h"


def moment_of(t_s: float) -> str:
    """Write a moment of a run: `12m after the start of the run`."""
    return f"{duration(round(max(t_s, 0.0), 1))} after the start of the run"


def number(value: float, unit: str, *, signed: bool = False) -> str:
    """Write a number with its unit as a finding has them: `150ms`, `+12.5%`."""
    return f"{_digits(value, '+' if signed else '')}{unit}"


def counted(number: int, noun: str) -> str:
    """Write a number of things: `1 block`, `3,200 requests`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _digits(value: float, sign: str = "") -> str:
    """Write four significant digits, thousands separated, no exponent."""
    if abs(value) < 1e-9:
        return "0"
    places = max(0, 3 - math.floor(math.log10(abs(value))))
    text = f"{value:{sign},.{min(places, 9)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
