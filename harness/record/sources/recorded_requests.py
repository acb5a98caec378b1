"""Requests as they were logged: when each began, and what it asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MIN_GAP_S = 1e-6
"""No two requests begin at the same moment, so that a due time tells which request it is of."""


@dataclass(frozen=True)
class RecordedRequests:
    """Requests in the order of their beginnings.

    `began_s` (float64, ascending by at least `MIN_GAP_S`) counts from the first one, `number` is the place of
    each in `requests`, pairs of a method and a path with its query.
    """

    began_s: NDArray[np.float64]
    number: NDArray[np.int32]
    requests: Sequence[tuple[str, str]]
    left_out: Mapping[str, int] = field(default_factory=dict)
    """How many lines are not among them, by the reason."""
    gaps_moved: float = 0.0
    """The Kolmogorov distance of the gaps between these requests to those between all lines of the log."""

    @property
    def span_s(self) -> float:
        """From the first request to where the first one of a repetition would be."""
        last_s, count = float(self.began_s[-1]), len(self.began_s)
        return last_s + (last_s / (count - 1) if count > 1 else 1.0)

    @property
    def rate_per_s(self) -> float:
        """Requests per second on average."""
        return len(self.began_s) / self.span_s


def spread(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return moments in which no two are the same; those of one written second are spread evenly over it.

    Many logs have whole seconds only: where all times are whole, so many equal ones say no more than that
    they came within this second.
    """
    if not len(times_s):
        return times_s
    ordered = np.sort(times_s)
    if bool((ordered == np.floor(ordered)).all()):
        seconds, starts, counts = np.unique(ordered, return_index=True, return_counts=True)
        place = np.arange(len(ordered)) - np.repeat(starts, counts)
        ordered = np.repeat(seconds, counts) + (place + 0.5) / np.repeat(counts, counts)
    steps = np.arange(len(ordered)) * MIN_GAP_S
    # The smallest change that keeps each at least one gap behind the one before.
    return np.asarray(np.maximum.accumulate(ordered - steps) + steps)


def kolmogorov_distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the largest difference of two empirical distributions, 0 to 1 (Kolmogorov and Smirnov)."""
    if not len(one) or not len(other):
        return 1.0
    at = np.concatenate([one, other])
    shares = [np.searchsorted(np.sort(each), at, side="right") / len(each) for each in (one, other)]
    return float(np.abs(shares[0] - shares[1]).max())
