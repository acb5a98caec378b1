"""A histogram as a value: how many requests fell into each bucket of the shared grid."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from harness.record.histograms import codec
from harness.record.histograms.grid import (
    BUCKET_HIGHEST_US,
    BUCKET_LOWEST_US,
    BUCKET_MIDDLE_US,
    COUNTS,
    HIGHEST_US,
    bucket_of,
    clamped,
    index_of,
)

__all__ = ["BUCKET_HIGHEST_US", "BUCKET_LOWEST_US", "BUCKET_MIDDLE_US", "COUNTS", "Histogram", "index_of"]


class Histogram:
    """Immutable counts of durations between 1 µs and 3600 s, exact to 0.1 % of each value.

    Kept as the stretch of the grid from the first to the last bucket with a value, in the smallest integers
    that hold the total: histograms are added up slice by slice, and never overflow.
    """

    __slots__ = ("_first", "_stretch", "total")

    total: int
    """The number of values."""

    def __init__(self, indices: ArrayLike, counts: ArrayLike) -> None:
        """Take bucket indices (ascending) and their counts (positive)."""
        places, values = np.asarray(indices, dtype=np.int64), np.asarray(counts, dtype=np.int64)
        stretch = np.zeros(places[-1] - places[0] + 1 if len(places) else 0, dtype=np.int64)
        stretch[places - places[:1]] = values
        self._keep(int(places[0]) if len(places) else 0, stretch, int(values.sum()))

    def _keep(self, first: int, stretch: NDArray[np.integer[Any]], total: int) -> Self:
        self._first = first
        self._stretch = stretch.astype(_smallest(total), copy=False)
        self.total = total
        return self

    @classmethod
    def _of_stretch(cls, first: int, stretch: NDArray[np.integer[Any]], total: int) -> Histogram:
        return cls.__new__(cls)._keep(first, stretch, total) if total else _EMPTY

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
    def of_stretch(cls, first: int, counts: NDArray[np.integer[Any]]) -> Histogram:
        """Make one from what `stretch` returns."""
        return cls._of_stretch(first, counts, int(counts.sum(dtype=np.int64)))

    @classmethod
    def of_values(cls, values_us: ArrayLike) -> tuple[Histogram, int]:
        """Make one from durations; the second number tells how many were clamped; NaN raises ValueError."""
        inside, moved = clamped(np.asarray(values_us))
        if not len(inside):
            return _EMPTY, moved
        indices = index_of(inside)
        first = int(indices.min())
        return cls._of_stretch(first, np.bincount(indices - first), len(indices)), moved

    @classmethod
    def merge(cls, histograms: Iterable[Histogram]) -> Histogram:
        """Add histograms up; any order and grouping gives the same."""
        filled = [histogram for histogram in histograms if histogram.total]
        if len(filled) <= 1:
            return filled[0] if filled else _EMPTY
        total = sum([histogram.total for histogram in filled])
        first = min([histogram._first for histogram in filled])
        end = max([histogram._first + len(histogram._stretch) for histogram in filled])
        stretch = np.zeros(end - first, dtype=_smallest(total))
        for histogram in filled:
            begin = histogram._first - first
            stretch[begin : begin + len(histogram._stretch)] += histogram._stretch
        return cls._of_stretch(first, stretch, total)

    @classmethod
    def decode(cls, text: str) -> Histogram:
        """Read HdrHistogram's compressed base64 text; ValueError says what is corrupt."""
        return cls._of_stretch(*codec.decode(text))

    def encode(self) -> str:
        """Write HdrHistogram's compressed base64 text, V2."""
        return codec.encode(self._first, self._stretch, self.total)

    def sparse(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the buckets that hold a value, ascending, and the number of values in each."""
        places = np.flatnonzero(self._stretch != 0)
        return places + self._first, self._stretch[places].astype(np.int64)

    @property
    def stretch(self) -> tuple[int, NDArray[np.integer[Any]]]:
        """The first bucket with a value, and the counts from there to the last one with a value."""
        return self._first, self._stretch

    @property
    def mean_us(self) -> float:
        """The mean, each value taken at the middle of its bucket; ValueError when empty."""
        self._must_hold_some()
        middles_us = BUCKET_MIDDLE_US[self._first : self._end]
        return float((self._stretch * middles_us).sum(dtype=np.float64)) / self.total

    @property
    def min_us(self) -> int:
        """Lower edge of the lowest bucket with a value; ValueError when empty."""
        self._must_hold_some()
        return int(BUCKET_LOWEST_US[self._first])

    @property
    def max_us(self) -> int:
        """Upper edge of the highest bucket with a value; ValueError when empty."""
        self._must_hold_some()
        return int(BUCKET_HIGHEST_US[self._end - 1])

    def quantile_us(self, q: float) -> int:
        """Return the value at rank ceil(q n), q in 0 … 1, as `value_at_rank_us`; ValueError when empty."""
        if not 0.0 <= q <= 1.0:
            raise ValueError(f"a quantile lies between 0 and 1, not at {q}")
        self._must_hold_some()
        rank = math.ceil(_as_written(float(q)) * self.total)
        return self.value_at_rank_us(max(rank, 1))

    def value_at_rank_us(self, rank: int) -> int:
        """Return the upper edge of the `rank`-th smallest value's bucket; ValueError outside 1 … total."""
        if not 1 <= rank <= self.total:
            raise ValueError(f"there is no rank {rank} among {self.total} values")
        cumulated = np.cumsum(self._stretch, dtype=np.int64)
        return int(BUCKET_HIGHEST_US[self._first + np.searchsorted(cumulated, rank)])

    def count_at_most(self, limit_us: float) -> int:
        """Count the values up to this, all of the limit's own bucket included."""
        if limit_us < 0:
            return 0
        end = bucket_of(min(limit_us, HIGHEST_US)) + 1 - self._first
        return int(self._stretch[: max(end, 0)].sum(dtype=np.int64))

    def count_above(self, limit_us: float) -> int:
        """Count the values above the limit's bucket: `total - count_at_most`."""
        return self.total - self.count_at_most(limit_us)

    def above(self, limit_us: float) -> Histogram:
        """Keep the values above the limit's bucket."""
        indices, counts = self.sparse()
        kept = indices > bucket_of(limit_us)
        return Histogram(indices[kept], counts[kept])

    def add_to(self, counts: NDArray[np.int64]) -> None:
        """Add it to one count per bucket of the grid, `COUNTS` long."""
        counts[self._first : self._end] += self._stretch

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._first, self._stretch.tobytes(), self.total)

    @property
    def _end(self) -> int:
        return self._first + len(self._stretch)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        return self._first == other._first and np.array_equal(self._stretch, other._stretch)

    __hash__ = None  # type: ignore[assignment]  # equal by content, and content is arrays

    def __repr__(self) -> str:
        if not self.total:
            return "Histogram(empty)"
        return f"Histogram({self.total} values, {self.min_us}…{self.max_us} µs)"

    def _must_hold_some(self) -> None:
        if not self.total:
            raise ValueError("an empty histogram has no mean, extreme or quantile")


def _restored(first: int, stretch: bytes, total: int) -> Histogram:
    return Histogram._of_stretch(first, np.frombuffer(stretch, _smallest(total)), total)


@lru_cache
def _as_written(q: float) -> Fraction:
    """Take a float as the decimal it is written as: 0.07 × 100 is 7.000000000000001 in floats."""
    return Fraction(repr(q))


def _smallest(total: int) -> DTypeLike:
    """Choose the type of counts; unsigned 64-bit numbers cannot be added to signed ones."""
    if total < 1 << 16:
        return np.uint16
    return np.uint32 if total < 1 << 32 else np.int64


_EMPTY: Final = Histogram([], [])
