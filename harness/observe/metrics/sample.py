"""One reading of a histogram: how many requests each of its buckets has counted so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Labels = frozenset[tuple[str, str]]
Bucket = tuple[float, float]
"""Lower and upper edge, in the histogram's own unit; the lower one is not in it."""
Counts = Mapping[Bucket, float]


@dataclass(frozen=True)
class HistogramSample:
    """What the buckets of one series had counted at a moment; `labels` has no `le`."""

    labels: Labels
    at_s: float
    counts: Counts


def buckets_of(cumulative: Iterable[tuple[float, float]]) -> Counts:
    """Turn pairs of `le` and the count up to it into the counts of buckets."""
    counts, lower, before = dict[Bucket, float](), 0.0, 0.0
    for upper, count in sorted(cumulative):
        counts[lower, upper] = count - before
        lower, before = upper, count
    return counts
