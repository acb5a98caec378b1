"""A histogram as a value: how many requests fell into each bucket of the shared grid."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.record import codec
from harness.record.grid import (
    BUCKET_HIGHEST_US,
    BUCKET_LOWEST_US,
    BUCKET_MIDDLE_US,
    COUNTS,
    clamped,
    index_of,
)

__all__ = ["BUCKET_HIGHEST_US", "BUCKET_LOWEST_US", "BUCKET_MIDDLE_US", "COUNTS", "Histogram", "index_of"]


class Histogram:
    """Immutable sparse counts of durations between 1 µs and 3600 s, exact to 0.1 % of each value.

    A day of windows is held in memory at once, so the arrays are kept in the smallest integers that fit;
    `indices` and `counts` hand out full-width copies.
    """

    __slots__ = ("_counts", "_indices")

    def __init__(self, indices: ArrayLike, counts: ArrayLike) -> None:
        """Take bucket indices (ascending) and their counts (positive)."""
        wide = np.asarray(counts, dtype=np.int64)
        self._indices: NDArray[np.uint16] = np.asarray(indices).astype(np.uint16)
        smallest = np.min_scalar_type(int(wide.max(initial=0)))
        # Unsigned 64-bit numbers cannot be added to signed ones, so the largest counts stay as they are.
        self._counts = wide.astype(smallest) if smallest.itemsize < 8 else wide

    @classmethod
    def empty(cls) -> Histogram:
        """Return the histogram of no values, a shared object."""
        return _EMPTY

    @classmethod
    def of_counts(cls, dense: NDArray[np.int64]) -> Histogram:
        """Make one from a count per bucket of the grid, `COUNTS` long."""
        indices = np.flatnonzero(dense)
        return cls(indices, dense[indices]) if len(indices) else _EMPTY

    @classmethod
    def of_values(cls, values_us: ArrayLike) -> tuple[Histogram, int]:
        """Make one from durations; the second number tells how many were clamped; NaN raises ValueError."""
        inside, moved = clamped(np.asarray(values_us))
        indices, counts = np.unique(index_of(inside), return_counts=True)
        return (cls(indices, counts) if len(indices) else _EMPTY), moved

    @classmethod
    def merge(cls, histograms: Iterable[Histogram]) -> Histogram:
        """Add histograms up; any order and grouping gives the same."""
        filled = [histogram for histogram in histograms if len(histogram._indices)]
        if len(filled) <= 1:
            return filled[0] if filled else _EMPTY
        # Only the stretch of the grid that is used: the whole would take ten times as long.
        first = min(int(histogram._indices[0]) for histogram in filled)
        last = max(int(histogram._indices[-1]) for histogram in filled)
        dense = np.zeros(last - first + 1, dtype=np.int64)
        for histogram in filled:
            dense[histogram._indices - np.uint16(first)] += histogram._counts
        used = np.flatnonzero(dense)
        return cls(used + first, dense[used])

    @classmethod
    def decode(cls, text: str) -> Histogram:
        """Read HdrHistogram's compressed base64 text; ValueError says what is corrupt."""
        indices, counts = codec.decode(text)
        return cls(indices, counts) if len(indices) else _EMPTY

    def encode(self) -> str:
        """Write HdrHistogram's compressed base64 text, V2."""
        return codec.encode(self._indices, self._counts)

    @property
    def indices(self) -> NDArray[np.int32]:
        """The buckets that hold a value, ascending."""
        return self._indices.astype(np.int32)

    @property
    def counts(self) -> NDArray[np.int64]:
        """The number of values in each of `indices`."""
        return self._counts.astype(np.int64)

    @property
    def total(self) -> int:
        """The number of values."""
        return int(self._counts.sum(dtype=np.int64))

    @property
    def mean_us(self) -> float:
        """The mean, each value taken at the middle of its bucket; ValueError when empty."""
        total = self._total_of_some()
        return float(np.dot(self._counts.astype(np.float64), BUCKET_MIDDLE_US[self._indices])) / total

    @property
    def min_us(self) -> int:
        """Lower edge of the lowest bucket with a value; ValueError when empty."""
        self._total_of_some()
        return int(BUCKET_LOWEST_US[self._indices[0]])

    @property
    def max_us(self) -> int:
        """Upper edge of the highest bucket with a value; ValueError when empty."""
        self._total_of_some()
        return int(BUCKET_HIGHEST_US[self._indices[-1]])

    def quantile_us(self, q: float) -> int:
        """Return the value at rank ceil(q n), q in 0 … 1, as `value_at_rank_us`; ValueError when empty."""
        if not 0.0 <= q <= 1.0:
            raise ValueError(f"a quantile lies between 0 and 1, not at {q}")
        # 0.07 × 100 is 7.000000000000001 in floats; q is meant as the decimal it is written as.
        rank = math.ceil(Fraction(repr(float(q))) * self._total_of_some())
        return self.value_at_rank_us(max(rank, 1))

    def value_at_rank_us(self, rank: int) -> int:
        """Return the upper edge of the `rank`-th smallest value's bucket; ValueError outside 1 … total."""
        cumulated = np.cumsum(self._counts, dtype=np.int64)
        if not 1 <= rank <= (cumulated[-1] if len(cumulated) else 0):
            raise ValueError(f"there is no rank {rank} among {self.total} values")
        return int(BUCKET_HIGHEST_US[self._indices[np.searchsorted(cumulated, rank)]])

    def count_at_most(self, limit_us: float) -> int:
        """Count the values up to this, all of the limit's own bucket included."""
        if limit_us < 0:
            return 0
        capped = np.array([min(limit_us, float(BUCKET_HIGHEST_US[-1]))])
        end = np.searchsorted(self._indices, index_of(capped)[0], side="right")
        return int(self._counts[:end].sum(dtype=np.int64))

    def count_above(self, limit_us: float) -> int:
        """Count the values above the limit's bucket: `total - count_at_most`."""
        return self.total - self.count_at_most(limit_us)

    def dense(self) -> NDArray[np.int64]:
        """Spread it to one count per bucket of the grid, `COUNTS` long."""
        counts = np.zeros(COUNTS, dtype=np.int64)
        counts[self._indices] = self._counts
        return counts

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        return np.array_equal(self._indices, other._indices) and np.array_equal(self._counts, other._counts)

    __hash__ = None  # type: ignore[assignment]  # equal by content, and content is arrays

    def __repr__(self) -> str:
        if not self.total:
            return "Histogram(empty)"
        return f"Histogram({self.total} values, {self.min_us}…{self.max_us} µs)"

    def _total_of_some(self) -> int:
        total = self.total
        if not total:
            raise ValueError("an empty histogram has no mean, extreme or quantile")
        return total


_EMPTY: Final = Histogram([], [])
