"""How finely a log tells durations, and durations that its rounding does not distort."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

_STEP_S: Final = 1e-3
# Its multiples less their whole parts, a Kronecker sequence, are spread evenly, however many are taken.
_GOLDEN_RATIO: Final = 0.6180339887498949


class Resolution:
    """Spreads durations that a router rounded to whole milliseconds over the millisecond each stands for.

    A percentile of rounded durations jumps from step to step: medians of 1.6 and of 2.4 ms are both 2 ms.
    Spread evenly, they have the percentiles of grouped data, which are interpolated within a step. With
    `rounds_down` a value stands for the millisecond that begins with it, otherwise for the one around it.
    A log with finer durations is left as it is. Each minute of a log begins anew, so that a run and a
    backtest of its log find the same times.
    """

    def __init__(self, *, rounds_down: bool = False) -> None:
        self._shift = 0.5 if rounds_down else 0.0
        self._is_rounded = True
        self._tells_fractions = False
        self._minute, self._count = np.nan, 0

    def is_enough(self, durations: Iterable[object], unit_s: float) -> bool:
        """Whether the log tells fractions of a second; whole seconds are too coarse to be judged."""
        if not self._tells_fractions:
            self._tells_fractions = unit_s < 1 or any(map(_has_fraction, durations))
        return self._tells_fractions

    def offsets_s(
        self, durations_s: NDArray[np.float64], ended_s: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return what is to be added to the durations of some more lines, whose requests ended at moments."""
        if self._is_rounded:
            steps = durations_s / _STEP_S
            self._is_rounded = bool((np.abs(steps - np.rint(steps)) < _STEP_S).all())
        if not self._is_rounded or not len(durations_s):
            return np.zeros(len(durations_s))
        places = self._places(np.floor(ended_s / 60)).astype(np.float64)
        within = (places * _GOLDEN_RATIO + 0.5) % 1 - 0.5 + self._shift
        return np.asarray(within * _STEP_S, dtype=np.float64)

    def _places(self, minutes: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the place of each line among those of its minute."""
        places = np.arange(len(minutes))
        begins = np.diff(minutes, prepend=self._minute) != 0
        places -= np.maximum.accumulate(np.where(begins, places, -self._count))
        self._minute, self._count = float(minutes[-1]), int(places[-1]) + 1
        return places


def _has_fraction(value: object) -> bool:
    return isinstance(value, float) or "." in str(value)
