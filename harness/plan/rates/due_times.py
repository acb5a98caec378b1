"""When arrivals are due: the moments at which the area under a rate reaches their numbers, many at once."""

from bisect import bisect_right
from collections.abc import Iterable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from harness.plan.rates.rate_curve import RateCurve

Floats = NDArray[np.float64]


class DueTimes:
    """The times of one curve.

    Within a segment that begins at rate `a` and changes by `c` per second, the area `n` is reached after the
    `t` that solves `a t + c t^2 / 2 = n`: `2 n / (a + sqrt(a^2 + 2 c n))`, which loses no digits where `c`
    is small.
    """

    def __init__(self, curve: RateCurve) -> None:
        self._starts_s, self._starts_at = _floats(curve.starts_s), _floats(curve.starts_at)
        _, self._from_per_s, to_per_s = map(_floats, zip(*curve.segments, strict=True))
        self._change_per_s2 = (to_per_s - self._from_per_s) / np.diff(self._starts_s)
        self._inner = list(map(float, curve.starts_at[1:-1]))

    def of(self, numbers: NDArray[np.int64] | Floats) -> Floats:
        """Return when the area reaches each of some ascending numbers, in seconds; at most the end."""
        if len(numbers):
            first, last = (bisect_right(self._inner, each) for each in (numbers[0], numbers[-1]))
            if first == last and self._from_per_s[first] and not self._change_per_s2[first]:
                # Nearly always: the rate is the same for all of them.
                level: Floats = (numbers - self._starts_at[first]) / self._from_per_s[first]
                level += self._starts_s[first]
                return level
        segment = np.searchsorted(self._inner, numbers, side="right")
        area = numbers - self._starts_at[segment]
        a = self._from_per_s[segment]
        divisor = a + np.sqrt(np.maximum(a * a + 2 * self._change_per_s2[segment] * area, 0.0))
        area *= 2
        into_s = np.divide(area, divisor, out=np.zeros_like(area), where=divisor > 0)
        due_s: Floats = np.minimum(self._starts_s[segment] + into_s, self._starts_s[-1])
        return due_s


def _floats(fractions: Iterable[Fraction]) -> Floats:
    return np.array([float(each) for each in fractions])


def areas(curve: RateCurve, at_s: Floats) -> Floats:
    """Return the area under the first segment of a curve up to each moment, which lie in it."""
    lasts_s, from_per_s, to_per_s = map(float, curve.segments[0])
    area: Floats = at_s * (from_per_s + (to_per_s - from_per_s) / lasts_s * at_s / 2)
    return area
