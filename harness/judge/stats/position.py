"""Places on the histogram grid as floats: the bucket's index, and how far into the bucket (0 … 1).

Inside a bucket (0.1 % wide) values are taken as evenly spread. That keeps ln quantile smooth, where bucket
edges alone would make it jump.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from harness.judge.stats.noise import Floats
from harness.judge.stats.table import Counts
from harness.record.histograms.grid import BUCKET_HIGHEST_US, BUCKET_LOWEST_US, COUNTS
from harness.record.histograms.histogram import index_of

Cumulated = Counts | Floats
"""How many values lie in each bucket or below, (COUNTS,); fractions where they are weighted."""
NEVER: Final = COUNTS - 1
"""The bucket of requests counted as never answered: no time that is measured is so long."""


def position_of(value_us: float) -> float:
    """Find the position of a value; values beyond the grid stand at its ends."""
    inside = min(max(value_us, 0.0), float(BUCKET_HIGHEST_US[-1]))
    bucket = int(index_of(np.array([inside]))[0])
    low, width = _extent_us(bucket)
    return bucket + min((inside - low) / width, math.nextafter(1.0, 0.0))


def value_at_us(position: float) -> float:
    """Find the value at a position: infinite among requests never answered."""
    bucket = min(int(position), COUNTS - 1)
    if bucket == NEVER:
        return math.inf
    low, width = _extent_us(bucket)
    return low + (position - bucket) * width


def position_at_count(cumulated: Cumulated, count: float) -> float:
    """Find the position below which `count` of the values lie; `cumulated` (COUNTS,) must hold a value."""
    wanted = min(max(count, math.nextafter(0.0, 1.0)), float(cumulated[-1]))
    bucket = min(int(np.searchsorted(cumulated, wanted)), COUNTS - 1)
    before = float(cumulated[bucket - 1]) if bucket else 0.0
    within = float(cumulated[bucket]) - before
    return bucket + (min(max((wanted - before) / within, 0.0), 1.0) if within > 0 else 0.0)


def count_below(cumulated: Cumulated, position: float) -> float:
    """Count the values below a position."""
    bucket = min(int(position), COUNTS - 1)
    before = float(cumulated[bucket - 1]) if bucket else 0.0
    return before + (position - bucket) * (float(cumulated[bucket]) - before)


def value_at_level_us(cumulated: Counts, level: float) -> float:
    """Find the value at rank ceil(level · n), the upper edge of its bucket as other HDR tools print it.

    It is infinite among requests never answered.
    """
    n = int(cumulated[-1])
    # 0.07 × 100 is 7.000000000000001 in floats, and must not become rank 8.
    rank = min(max(math.ceil(level * n * (1 - 1e-12)), 1), n)
    bucket = int(np.searchsorted(cumulated, rank))
    return math.inf if bucket == NEVER else float(BUCKET_HIGHEST_US[bucket])


def end_of_answered(cumulated: Cumulated) -> float:
    """Find the position at which the values of requests that were answered end."""
    answered = float(cumulated[NEVER - 1])
    return float(np.searchsorted(cumulated, answered)) + 1 if answered else 0.0


def _extent_us(bucket: int) -> tuple[float, float]:
    low = float(BUCKET_LOWEST_US[bucket])
    return low, float(BUCKET_HIGHEST_US[bucket]) + 1 - low
