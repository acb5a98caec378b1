"""From values to places along one side of a plot, and the round values that are named there."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

_ROUND = (1, 2, 2.5, 5, 10)
_MOST_STEPS = 5
_BY_FACTORS = (1, 2, 5)
_MAX_DECADES_IN_THREES = 2.5  # on a longer axis 1, 2 and 5 of each decade would run into one another
_MAX_DECADES_NAMED = 11


@dataclass(frozen=True)
class Scale:
    """An axis with `low` at `low_px` and `high` at `high_px`, in equal steps or, as `is_log`, in factors."""

    low: float
    high: float
    low_px: float
    high_px: float
    is_log: bool = False

    def px(self, value: float) -> float:
        """Return where a value lies; what an axis of factors cannot show lies below its start."""
        if self.is_log:
            share = log10(max(value, self.low / 10) / self.low) / log10(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.low_px + share * (self.high_px - self.low_px)

    def holds(self, value: float) -> bool:
        """Whether a value lies on the axis."""
        return self.low <= value <= self.high

    def ticks(self) -> list[float]:
        """Return the values to name, lowest first."""
        found = self._factors() if self.is_log else []
        return found if len(found) > 1 else self._steps()

    def _steps(self) -> list[float]:
        least = (self.high - self.low) / _MOST_STEPS
        power = 10.0 ** floor(log10(least))
        step = power * next(one for one in _ROUND if power * one >= least * (1 - 1e-9))
        first, last = ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9)
        return [round(number * step, 12 - ceil(log10(step))) for number in range(first, last + 1)]

    def _factors(self) -> list[float]:
        decades = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
        steps: Sequence[int] = _BY_FACTORS if log10(self.high / self.low) < _MAX_DECADES_IN_THREES else (1,)
        every = ceil(len(decades) / _MAX_DECADES_NAMED)
        values = [step * 10.0**decade for decade in decades[::every] for step in steps]
        return [value for value in values if self.holds(value)]


def tick(value: float) -> str:
    """Return a tick's number without needless zeros."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
