"""When readings of a run's clock were by the wall clock, by which logs and servers tell time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_TRIES: Final = 5
# Smaller differences are those of two clocks that one process cannot read at one instant.
_SET_BY_S: Final = 0.02


class WallClock:
    """Says what the wall clock `now_s` shows at a reading of `clock`.

    Two clocks that are read one after the other are apart by what the process had to wait in between, for a
    core or for a guest's turn on its host: of several pairs the closest counts, and is kept. Whoever asks for
    the same reading gets the same moment, to the microsecond, until somebody sets the wall clock.
    """

    def __init__(self, clock: Callable[[], float], now_s: Callable[[], float] = time.time) -> None:
        self._clock, self._now_s = clock, now_s
        self._offset_s, _ = self._measured()

    def at(self, reading_s: float) -> float:
        """Return the moment of a reading, in seconds since 1970."""
        offset_s, apart_s = self._measured()
        if abs(offset_s - self._offset_s) > max(_SET_BY_S, apart_s):
            self._offset_s = offset_s
        return round(reading_s + self._offset_s, 6)

    def _measured(self) -> tuple[float, float]:
        """Return by how much the wall clock is ahead, and how uncertain that is."""
        pairs = []
        for _ in range(_TRIES):
            before_s, now_s, after_s = self._clock(), self._now_s(), self._clock()
            pairs.append((after_s - before_s, now_s - (before_s + after_s) / 2))
        apart_s, offset_s = min(pairs)
        return offset_s, apart_s
