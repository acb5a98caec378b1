"""Histograms of many blocks in one array, so that one operation covers all blocks at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from harness.judge.stats.noise import Floats
from harness.record.histograms.grid import BUCKET_MIDDLE_US, COUNTS
from harness.record.histograms.histogram import Histogram

Counts = NDArray[np.int64]
Integers = NDArray[np.integer[Any]]
_SMALL: Final = 1 << 32
"""A block of fewer values is cumulated in 32 bits."""
_AT_FIRST: Final = 1 << 12
NOTHING: Final = Histogram.empty()
_MIDDLE_US: Final = BUCKET_MIDDLE_US.astype(np.float64)


@dataclass(frozen=True, eq=False)
class BlockTable:
    """Counts of K blocks: a view of one array, so that choosing some of them copies nothing.

    Each block has a stretch of `cumulated`, from the place `begins[k]` to `ends[k]`, both included: how many
    of its values lie before the bucket `firsts[k]`, before the one after it, and so on. So what a block holds
    in some buckets is the difference of two places.
    """

    cumulated: Integers
    begins: Counts
    ends: Counts
    firsts: Counts
    known_pool: Counts | None = None
    """The sum of the blocks, where it is known already."""

    @classmethod
    def of(cls, blocks: Sequence[Histogram]) -> Self:
        """Build from one histogram per block."""
        stretches = [block.stretch for block in blocks]
        firsts = np.array([first for first, _ in stretches], dtype=np.int64)
        lengths = np.array([len(counts) for _, counts in stretches], dtype=np.int64)
        ends = np.cumsum(lengths + 1) - 1
        width = _width(max((block.total for block in blocks), default=0))
        cumulated = np.zeros(int(lengths.sum()) + len(blocks), width)
        for end, (_, counts) in zip(ends.tolist(), stretches, strict=True):
            _cumulate(counts, cumulated, end)
        return cls(cumulated, ends - lengths, ends, firsts)

    def __len__(self) -> int:
        return len(self.ends)

    def part(self, first: int, end: int) -> Self:
        """Keep only the blocks from `first` up to, and without, `end`."""
        return self._chosen(slice(first, end))

    def of_blocks(self, blocks: Counts) -> Self:
        """Keep only these blocks, (L,), ascending."""
        return self._chosen(blocks)

    def _chosen(self, which: slice | Counts) -> Self:
        return type(self)(self.cumulated, self.begins[which], self.ends[which], self.firsts[which])

    def from_bucket(self, bucket: int) -> Self:
        """Keep only the values in this bucket and above."""
        firsts = np.maximum(self.firsts, bucket)
        return replace(self, begins=self._places(bucket), firsts=firsts, known_pool=None)

    @property
    def n(self) -> int:
        """The number of values in all blocks."""
        return int(self.totals.sum())

    @property
    def totals(self) -> Counts:
        """The number of values in each block, (K,)."""
        return (self.cumulated[self.ends] - self.cumulated[self.begins]).astype(np.int64)

    @property
    def sums_us(self) -> Floats:
        """The sum of the values of each block, (K,), each value taken at the middle of its bucket."""
        sums = [
            (counts * _MIDDLE_US[first : first + len(counts)]).sum() for first, counts in self.stretches()
        ]
        return np.array(sums, dtype=np.float64)

    def above(self, position: float) -> Floats:
        """Count the values of each block above a position of the grid, (K,)."""
        bucket = int(position)
        before = self.cumulated[self._places(bucket)]
        within = (self.cumulated[self._places(bucket + 1)] - before).astype(np.float64)
        return (self.cumulated[self.ends] - before).astype(np.float64) - (position - bucket) * within

    def pooled(self) -> Counts:
        """Sum the blocks: one count per bucket, (COUNTS,)."""
        if self.known_pool is not None:
            return self.known_pool
        dense = np.zeros(COUNTS, dtype=np.int64)
        for first, counts in self.stretches():
            if len(counts):
                dense[first : first + len(counts)] += counts
        return dense

    def stretches(self) -> Iterator[tuple[int, Integers]]:
        """Yield of each block its first bucket, and the counts from there on."""
        places = (self.begins.tolist(), self.ends.tolist(), self.firsts.tolist())
        for begin, end, first in zip(*places, strict=True):
            yield first, self.cumulated[begin + 1 : end + 1] - self.cumulated[begin:end]

    def _places(self, bucket: int) -> Counts:
        """Find where each block says how many of its values lie before a bucket, (K,)."""
        places = self.begins + (bucket - self.firsts)
        return np.asarray(np.minimum(np.maximum(places, self.begins), self.ends))


class Pool:
    """Histograms added up, one after the other."""

    def __init__(self) -> None:
        self.counts = np.zeros(COUNTS, np.int64)

    def add(self, histogram: Histogram) -> None:
        """Add one more."""
        histogram.add_to(self.counts)

    @property
    def histogram(self) -> Histogram:
        """All of them together."""
        return Histogram.of_counts(self.counts)


class GrowingTable:
    """A table that blocks are added to, one after the other."""

    def __init__(self, blocks: Iterable[Histogram] = ()) -> None:
        self._cumulated: Integers = np.zeros(_AT_FIRST, np.uint32)
        self._pool = Pool()
        self._begins: list[int] = []
        self._ends: list[int] = []
        self._firsts: list[int] = []
        for block in blocks:
            self.add(block)

    def add(self, block: Histogram) -> None:
        """Add the next block."""
        first, counts = block.stretch
        begin = self._ends[-1] + 1 if self._ends else 0
        end = begin + len(counts)
        self._make_room(end + 1, block.total)
        _cumulate(counts, self._cumulated, end)
        self._pool.add(block)
        self._begins.append(begin)
        self._ends.append(end)
        self._firsts.append(first)

    def _make_room(self, length: int, total: int) -> None:
        held = self._cumulated
        width = np.promote_types(held.dtype, _width(total))
        if length > len(held) or width != held.dtype:
            self._cumulated = np.zeros(max(len(held), length * 5 // 4), width)
            self._cumulated[: len(held)] = held

    def in_pairs(self) -> GrowingTable:
        """Return one with every two neighbours as one block; a last one without neighbour stays."""
        blocks = (Histogram.of_stretch(*stretch) for stretch in self.table.stretches())
        return GrowingTable(Histogram.merge((block, next(blocks, NOTHING))) for block in blocks)

    @property
    def table(self) -> BlockTable:
        """The table so far; invalidated by the next `add()`."""
        begins, ends, firsts = (
            np.array(each, dtype=np.int64) for each in (self._begins, self._ends, self._firsts)
        )
        return BlockTable(self._cumulated, begins, ends, firsts, self._pool.counts)


def _cumulate(counts: Integers, cumulated: Integers, end: int) -> None:
    """Write a block's stretch; the place `end` is its last."""
    begin = end - len(counts)
    cumulated[begin] = 0
    np.cumsum(counts, dtype=cumulated.dtype, out=cumulated[begin + 1 : end + 1])


def _width(total: int) -> type[np.integer[Any]]:
    """Choose the type that counts up to a total."""
    return np.uint32 if total < _SMALL else np.int64
