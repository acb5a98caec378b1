"""The HdrHistogram grid all of our histograms share: 1 µs to one hour in steps of at most 0.1 %."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

LOWEST_US: Final = 1
HIGHEST_US: Final = 3_600_000_000
SIGNIFICANT_DIGITS: Final = 3
COUNTS: Final = 23_552
"""Number of buckets; a dense histogram is an array of this length."""

_MANTISSA_SHIFT: Final = 42
_INDEX_OFFSET: Final = (1023 + 9) << 10


def index_of(values_us: NDArray[np.int64] | NDArray[np.float64]) -> NDArray[np.int64]:
    """Find the bucket of each value; the values must lie in 0 … 2^32 - 1 µs (`clamped` sees to that)."""
    # Below 1024 a bucket is 1 µs wide. Above, each power of two has 1024 equal buckets, which is what the
    # exponent and the first ten bits of the mantissa of a float64 already spell: floor(log2 v) * 1024 + step.
    bits = values_us.astype(np.float64).view(np.int64) >> _MANTISSA_SHIFT
    return np.where(values_us < 1024, values_us, bits - _INDEX_OFFSET).astype(np.int64, copy=False)


def bucket_of(value_us: float) -> int:
    """Find the bucket of one value in 0 … `HIGHEST_US`."""
    whole_us = int(value_us)
    doublings = max(whole_us.bit_length() - 11, 0)
    return (doublings << 10) + (whole_us >> doublings)


def clamped(values_us: NDArray[np.int64] | NDArray[np.float64]) -> tuple[NDArray[np.int64], int]:
    """Move the values into the grid's range and count those that had to be moved; NaN raises ValueError."""
    if np.isnan(values_us).any():
        raise ValueError("a duration is not a number (NaN)")
    inside = np.clip(values_us, LOWEST_US, HIGHEST_US)
    return inside.astype(np.int64), int(np.count_nonzero(inside != values_us))


def _frozen(array: NDArray[np.int64]) -> NDArray[np.int64]:
    array.flags.writeable = False
    return array


_INDICES: Final = np.arange(COUNTS, dtype=np.int64)
_DOUBLINGS: Final = np.maximum((_INDICES >> 10) - 1, 0)
BUCKET_LOWEST_US: Final = _frozen((_INDICES - (_DOUBLINGS << 10)) << _DOUBLINGS)
"""Smallest value of each bucket."""
BUCKET_HIGHEST_US: Final = _frozen(BUCKET_LOWEST_US + (1 << _DOUBLINGS) - 1)
"""Largest value of each bucket."""
BUCKET_MIDDLE_US: Final = _frozen(BUCKET_LOWEST_US + ((1 << _DOUBLINGS) >> 1))
"""The value a bucket stands for in a mean, as other HdrHistogram tools take it."""
