"""The arrivals of a replay: when each is due, and which request it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.record.sources.recorded_requests import MIN_GAP_S, RecordedRequests


@dataclass(frozen=True)
class ReplayedArrivals:
    """Recorded requests, `speed` times as fast; the record begins again where it ends."""

    recorded: RecordedRequests
    speed: float

    @property
    def rate_per_s(self) -> float:
        """Arrivals per second on average."""
        return self.recorded.rate_per_s * self.speed

    def due_s(self, start_s: float, end_s: float) -> NDArray[np.float64]:
        """Return the due times in a part of a stage, ascending, in seconds since its start."""
        began_s, span_s = self.recorded.began_s, self.recorded.span_s
        first, last = (int(at_s * self.speed // span_s) for at_s in (start_s, end_s))
        turns = np.arange(max(first - 1, 0), last + 1)
        due_s = ((began_s + turns[:, None] * span_s) / self.speed).ravel()
        return due_s[np.searchsorted(due_s, start_s) : np.searchsorted(due_s, end_s)]

    def request_at(self, due_s: float) -> tuple[str, str]:
        """Return method and path of the arrival that is due at this second of the stage."""
        # The due time has been through a clock's arithmetic; requests are farther apart than its rounding.
        at_s = due_s * self.speed + MIN_GAP_S / 2
        place = np.searchsorted(self.recorded.began_s, at_s % self.recorded.span_s, side="right") - 1
        return self.recorded.requests[int(self.recorded.number[place])]
