"""From a test to bounds: the values it rejects on either side, found from the limit on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from harness.judge.stats.bounds import Risks
from harness.judge.stats.limit_test import Care, LimitTest, is_surely
from harness.plan.criteria.compare import Op


@dataclass(frozen=True)
class Places:
    """Where a number can lie: the limit's place, the observed one's, and both ends.

    On a histogram's grid places are fractions of buckets; elsewhere a place is the value itself.
    """

    limit: float
    observed: float
    ends: tuple[float, float]
    precision: float
    """How exactly a bound is found."""


def bounds_of(test_at: Callable[[float], LimitTest], places: Places, risks: Risks) -> tuple[float, float]:
    """Invert a test: find the last places that the truth is surely above, and surely below; maybe infinite.

    The search begins at the limit, so that bound and verdict cannot contradict each other: the lower bound is
    beyond the limit exactly where the test at the limit says that the truth is.
    """

    def is_above(place: float) -> bool:
        care = Care.END if risks.below_passes else Care.PASS
        return is_surely(test_at(place), risks.lower, care, above=True)

    def is_below(place: float) -> bool:
        care = Care.PASS if risks.below_passes else Care.END
        return is_surely(test_at(place), risks.upper, care, above=False)

    limit, observed, (least, most) = places.limit, places.observed, places.ends
    lower = _last(is_above, places, max(observed, limit), least, math.inf)
    upper = _last(is_below, places, min(observed, limit), most, -math.inf)
    return lower, upper


def _last(
    holds: Callable[[float], bool], places: Places, beyond: float, certain: float, direction: float
) -> float:
    """Find the last place in a direction at which a claim holds, between where it does and does not."""
    limit = places.limit
    if holds(limit):
        if holds(beyond):
            return beyond if beyond != limit else math.nextafter(limit, direction)
        inside, outside = limit, beyond
    elif holds(certain):
        inside, outside = certain, limit
    else:
        return -direction
    while abs(outside - inside) > places.precision:
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if holds(middle) else (inside, middle)
    return inside if inside != limit else math.nextafter(limit, direction)


def value_beside(value: float, place: float, limit_place: float, limit: float, op: Op) -> float:
    """Return the value of a place, on the same side of the limit as the place is.

    A bucket that holds the limit is on its good side as a whole, so a value in it must not show beyond.
    """
    just_below, just_above = math.nextafter(limit, -math.inf), math.nextafter(limit, math.inf)
    if op.bounds_above:
        if place > limit_place:
            return max(value, just_above)
        return min(value, limit if op.holds(limit, limit) else just_below)
    if place < limit_place:
        return min(value, just_below)
    return max(value, limit if op.holds(limit, limit) else just_above)
