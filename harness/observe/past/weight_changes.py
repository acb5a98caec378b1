"""When the canary's share of the traffic changed: the stages of a release, found in its log."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from harness.observe.past.past_logs import Batch
from harness.observe.variant_values import Owner

_STRAY: Final = 0.002
"""Share of the requests that may go the wrong way: sessions, retries, a reload of the router."""
_OTHERS: Final = (Owner.BASELINE, Owner.CONTROL)
_CHANGE_COST: Final = 12.0
"""How much likelier, as a logarithm, a course with one more change must be."""


@dataclass(frozen=True)
class Stretch:
    """A stage's place in the log, in seconds since 1970."""

    starts_s: float
    ends_s: float


class CanaryShare:
    """Counts the requests of the canary and of the other variants, second by second."""

    def __init__(self) -> None:
        self._counts: dict[int, list[int]] = {}

    def add(self, batch: Batch) -> None:
        """Count a batch."""
        seconds = np.floor(batch.requests.ended_s).astype(np.int64)
        owner = batch.requests.owner
        for column, chosen in enumerate((np.isin(owner, _OTHERS), owner == Owner.CANARY)):
            found, counts = np.unique(seconds[chosen], return_counts=True)
            for second, count in zip(found.tolist(), counts.tolist(), strict=True):
                self._counts.setdefault(second, [0, 0])[column] += count

    def series(self, from_s: float = -math.inf) -> tuple[int, NDArray[np.int64]]:
        """Return the first second, and from there on the counts of others and canary in each second."""
        seconds = [second for second in self._counts if second >= from_s]
        if not seconds:
            return 0, np.zeros((0, 2), np.int64)
        first = min(seconds)
        counts = np.zeros((max(seconds) - first + 1, 2), np.int64)
        for second in seconds:
            counts[second - first] = self._counts[second]
        return first, counts


def count_shares(batches: Iterable[Batch]) -> CanaryShare:
    """Count all of them."""
    shares = CanaryShare()
    for batch in batches:
        shares.add(batch)
    return shares


def stretches(first: int, counts: NDArray[np.int64], weights: Sequence[float]) -> list[Stretch]:
    """Return where each of the first stages lies that the traffic shows, in order; perhaps none.

    The course of the weight is the likeliest one (a hidden Markov chain that only goes forward, solved by
    Viterbi's recursion): no canary, stage after stage, then perhaps none again. The second in which the
    weight changed belongs to no stage.
    """
    if not len(counts):
        return []
    path = _likeliest(counts, (0.0, *weights, 0.0))
    found: list[Stretch] = []
    for state in range(1, len(weights) + 1):
        places = np.flatnonzero(path == state)
        if not len(places):
            break
        begins, ends = int(places[0]), int(places[-1]) + 1
        # A stage that is there from the first second of the log on has no change in it.
        starts_s = first + begins + (1 if begins else 0)
        found.append(Stretch(float(starts_s), float(first + ends - (1 if ends < len(counts) else 0))))
    return found


def _likeliest(counts: NDArray[np.int64], shares: Sequence[float]) -> NDArray[np.int64]:
    states, last = len(shares), len(shares) - 1
    share = np.clip(np.array(shares), _STRAY, 1 - _STRAY)
    likely = counts[:, :1] * np.log(1 - share) + counts[:, 1:] * np.log(share)
    score = likely[0].copy()
    score[2:] = -math.inf
    came_from = np.empty((len(counts), states), np.int64)
    own = np.arange(states)
    for second in range(1, len(counts)):
        before = np.concatenate([[-math.inf], score[:-1] - _CHANGE_COST])
        # From every stage the release may be taken back.
        back = int(score[1:last].argmax()) + 1
        steps = np.where(before > score, own - 1, own)
        best = np.maximum(before, score)
        if score[back] - _CHANGE_COST > best[last]:
            best[last], steps[last] = score[back] - _CHANGE_COST, back
        came_from[second] = steps
        score = best + likely[second]
    path = np.empty(len(counts), np.int64)
    path[-1] = int(score.argmax())
    for second in range(len(counts) - 1, 0, -1):
        path[second - 1] = came_from[second, path[second]]
    return path
