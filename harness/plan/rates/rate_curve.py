"""An arrival rate over time: constant or changing evenly, segment by segment, in exact arithmetic.

The number of arrivals until a moment is the area under the rate. All numbers are fractions, and moments are
counted in nanoseconds, so that no sum depends on the order or the length of its parts.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

_NS_PER_S = 1_000_000_000


def exact_s(seconds: float) -> Fraction:
    """Return a time in whole nanoseconds."""
    return Fraction(round(seconds * _NS_PER_S), _NS_PER_S)


def exact_per_s(per_s: float) -> Fraction:
    """Return a rate as it is written: 0.1 is a tenth."""
    return Fraction(repr(per_s))


class Segment(NamedTuple):
    """A stretch of time in which the rate changes evenly from one value to another, or stays."""

    lasts_s: Fraction
    from_per_s: Fraction
    to_per_s: Fraction

    @property
    def is_level(self) -> bool:
        """Whether the rate stays."""
        return self.from_per_s == self.to_per_s

    @property
    def arrivals(self) -> Fraction:
        """The area under the rate."""
        return self.lasts_s * (self.from_per_s + self.to_per_s) / 2

    def arrivals_until(self, into_s: Fraction) -> Fraction:
        """Return the area under the rate up to a moment of the segment."""
        if self.is_level:
            return into_s * self.from_per_s
        change_per_s2 = (self.to_per_s - self.from_per_s) / self.lasts_s
        return into_s * (self.from_per_s + change_per_s2 * into_s / 2)


@dataclass(frozen=True)
class RateCurve:
    """Segments that follow each other; none is empty."""

    segments: tuple[Segment, ...]

    @cached_property
    def starts_s(self) -> tuple[Fraction, ...]:
        """When each segment begins, and when the last one ends."""
        return tuple(accumulate((each.lasts_s for each in self.segments), initial=Fraction(0)))

    @cached_property
    def starts_at(self) -> tuple[Fraction, ...]:
        """How many arrivals come before each segment, and how many there are."""
        return tuple(accumulate((each.arrivals for each in self.segments), initial=Fraction(0)))

    @property
    def arrivals(self) -> Fraction:
        """The area under the whole rate."""
        return self.starts_at[-1]

    def arrivals_until(self, at_s: float) -> Fraction:
        """Return the area under the rate from the start to a moment; outside the curve nothing arrives."""
        number, into_s = self._place_of(at_s)
        area = self.segments[number].arrivals_until(into_s)
        return self.starts_at[number] + area if number else area

    def count_until(self, at_s: float) -> int:
        """Count the arrivals due before a moment: arrival `i` is due when the area reaches `i`."""
        return math.ceil(self.arrivals_until(at_s))

    def between(self, start_s: float, end_s: float) -> float:
        """Return how many arrivals are due in a stretch of time, as a mean."""
        return float(self.arrivals_until(end_s) - self.arrivals_until(start_s))

    def at_per_s(self, at_s: float) -> float:
        """Return the rate of a moment; before and after the curve that of its ends."""
        number, into_s = self._place_of(at_s)
        lasts_s, from_per_s, to_per_s = self.segments[number]
        return float(from_per_s + (to_per_s - from_per_s) * into_s / lasts_s)

    def _place_of(self, at_s: float) -> tuple[int, Fraction]:
        """Return the segment of a moment, and how far into it that is."""
        at_ns = min(max(round(at_s * _NS_PER_S), 0), self._starts_ns[-1])
        number = bisect_right(self._starts_ns, at_ns, hi=len(self.segments)) - 1
        return number, Fraction(at_ns - self._starts_ns[number], _NS_PER_S)

    @cached_property
    def _starts_ns(self) -> tuple[int, ...]:
        return tuple(round(start_s * _NS_PER_S) for start_s in self.starts_s)

    @property
    def is_level(self) -> bool:
        """Whether the rate is the same all along."""
        return len({rate for _, *rates in self.segments for rate in rates}) == 1

    @property
    def mean_per_s(self) -> float:
        """The mean rate."""
        return float(self.arrivals / self.starts_s[-1])

    @property
    def peak_per_s(self) -> float:
        """The highest rate."""
        return float(max(rate for _, *rates in self.segments for rate in rates))

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """Moments and rates between which it changes evenly; two of the same moment where it jumps."""
        segments = zip(self.segments, self.starts_s, self.starts_s[1:], strict=False)
        return tuple(
            (float(at_s), float(per_s))
            for segment, *ends_s in segments
            for at_s, per_s in zip(ends_s, segment[1:], strict=True)
        )

    def then(self, later: RateCurve) -> RateCurve:
        """Return this curve and another one after it."""
        return RateCurve(self.segments + later.segments)


def added(curves: Iterable[RateCurve]) -> RateCurve:
    """Add up curves whose segments begin at the same moments."""
    together = zip(*(curve.segments for curve in curves), strict=True)
    return RateCurve(
        tuple(
            Segment(
                parts[0].lasts_s,
                *(sum(rates, Fraction(0)) for rates in zip(*(p[1:] for p in parts), strict=True)),
            )
            for parts in together
        )
    )
