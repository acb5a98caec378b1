"""How finely a log tells durations, and durations that its rounding does not distort."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

_STEP_S: Final = 1e-3
# In steps: what whole milliseconds may be off as floating-point numbers, a nanosecond.
_TOLERANCE: Final = 1e-6
# 2^64 by the golden ratio: its multiples, a Kronecker sequence, are spread evenly, however many are taken.
_GOLDEN: Final = np.uint64(11_400_714_819_323_198_485)
_WHOLE: Final = 2.0**64


class Resolution:
    """Tells whether a log is fine enough to be judged: one of whole seconds is not."""

    def __init__(self) -> None:
        self._tells_fractions = False

    def is_enough(self, durations: Iterable[object], unit_s: float) -> bool:
        """Whether the log has told fractions of a second so far."""
        if not self._tells_fractions:
            self._tells_fractions = unit_s < 1 or any(map(_has_fraction, durations))
        return self._tells_fractions


def spread_s(
    durations_s: NDArray[np.float64], ended_s: NDArray[np.float64], *, rounds_down: bool
) -> NDArray[np.float64]:
    """Return what spreads durations of whole milliseconds over the millisecond that each stands for.

    A percentile of rounded durations jumps from step to step: medians of 1.6 and of 2.4 ms are both 2 ms.
    Spread evenly, they have the percentiles of grouped data, which are interpolated within a step. With
    `rounds_down` a value stands for the millisecond that begins with it, otherwise for the one around it.
    Finer durations stay as they are. The place within the millisecond follows from the moment the request
    ended and from nothing else: in whatever order and pieces a log is read, each line gets the same.
    """
    steps = durations_s / _STEP_S
    is_rounded = np.abs(steps - np.rint(steps)) < _TOLERANCE
    ended_ms = np.rint(ended_s * 1e3).astype(np.int64).astype(np.uint64)
    within = (ended_ms * _GOLDEN) / _WHOLE - (0.0 if rounds_down else 0.5)
    return np.where(is_rounded, within * _STEP_S, 0.0)


def _has_fraction(value: object) -> bool:
    return isinstance(value, float) or "." in str(value)
