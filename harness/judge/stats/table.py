"""Histograms of many blocks in a few arrays, so that one operation covers all blocks at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from harness.judge.stats.noise import Floats
from harness.record.histograms.grid import BUCKET_MIDDLE_US, COUNTS
from harness.record.histograms.histogram import Histogram

Counts = NDArray[np.int64]
Keys = NDArray[np.signedinteger[Any]]
AT_ONCE = 1 << 18
_AT_FIRST = 1 << 12


@dataclass(frozen=True, eq=False)
class BlockTable:
    """Sparse counts of K blocks.

    `keys` (N,) are `block * COUNTS + bucket`, ascending; `cumulated` (N + 1,) counts the values before each
    key; `starts` (K + 1,) is where each block's keys begin.
    """

    keys: Keys
    cumulated: Counts
    starts: Counts
    known_pool: Counts | None = None
    """The sum of the blocks, where it is known already."""

    @classmethod
    def of(cls, blocks: Sequence[Histogram]) -> Self:
        """Build from one histogram per block."""
        # In 32 bits there is room for 90,000 blocks.
        width = np.int32 if len(blocks) * COUNTS < 2**31 else np.int64
        sparse = [block.sparse() for block in blocks]
        starts = np.cumsum([0, *(len(indices) for indices, _ in sparse)])
        keys, cumulated = np.empty(starts[-1], width), np.zeros(starts[-1] + 1, np.int64)
        for number, (indices, counts) in enumerate(sparse):
            begin, end = starts[number], starts[number + 1]
            keys[begin:end] = indices + number * COUNTS
            cumulated[begin + 1 : end + 1] = counts
        return cls(keys, np.cumsum(cumulated, out=cumulated), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def part(self, first: int, end: int) -> Self:
        """Keep only the blocks from `first` up to, and without, `end`."""
        begin, stop = int(self.starts[first]), int(self.starts[end])
        keys = self.keys[begin:stop] - self.keys.dtype.type(first * COUNTS)
        cumulated = self.cumulated[begin : stop + 1] - self.cumulated[begin]
        return type(self)(keys, cumulated, self.starts[first : end + 1] - begin)

    def of_blocks(self, blocks: Counts) -> Self:
        """Keep only these blocks, (L,), ascending."""
        parts = [self.part(block, block + 1) for block in blocks.tolist()]
        keys = [part.keys + part.keys.dtype.type(place * COUNTS) for place, part in enumerate(parts)]
        starts = np.cumsum([0, *(len(part.keys) for part in parts)])
        counts = [np.diff(part.cumulated) for part in parts]
        none = np.zeros(1, np.int64)
        return type(self)(
            np.concatenate([self.keys[:0], *keys]), np.cumsum(np.concatenate([none, *counts])), starts
        )

    def from_bucket(self, bucket: int) -> Self:
        """Keep only the values in this bucket and above."""
        kept = self.keys % COUNTS >= bucket
        counts = np.where(kept, np.diff(self.cumulated), 0)[kept]
        before = np.concatenate([[0], np.cumsum(kept)])
        return type(self)(self.keys[kept], np.concatenate([[0], np.cumsum(counts)]), before[self.starts])

    @property
    def totals(self) -> Counts:
        """The number of values in each block, (K,)."""
        return np.diff(self.cumulated[self.starts])

    @property
    def sums_us(self) -> Floats:
        """The sum of the values of each block, (K,), each value taken at the middle of its bucket."""
        sums = np.diff(self.cumulated) * BUCKET_MIDDLE_US[self.keys % COUNTS].astype(np.float64)
        per_block = np.bincount(self.keys // COUNTS, weights=sums, minlength=len(self))
        return per_block.astype(np.float64)

    def above(self, position: float) -> Floats:
        """Count the values of each block above a position of the grid, (K,)."""
        bucket = int(position)
        # The same width as the keys, or searching would copy them all.
        wanted = (np.arange(len(self), dtype=np.int64) * COUNTS + bucket).astype(self.keys.dtype)
        before = self.cumulated[np.searchsorted(self.keys, wanted)]
        within = self.cumulated[np.searchsorted(self.keys, wanted, side="right")] - before
        ends = self.cumulated[self.starts[1:]]
        return (ends - before).astype(np.float64) - (position - bucket) * within

    def pooled(self) -> Counts:
        """Sum the blocks: one count per bucket, (COUNTS,)."""
        if self.known_pool is not None:
            return self.known_pool
        return _pooled(self.keys, self.cumulated)


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
        self._blocks: list[Histogram] = []
        self._keys, self._cumulated = np.empty(_AT_FIRST, np.int32), np.zeros(_AT_FIRST + 1, np.int64)
        self._pool, self._starts = Pool(), [0]
        for block in blocks:
            self.add(block)

    def add(self, block: Histogram) -> None:
        """Add the next block."""
        indices, counts = block.sparse()
        begin = self._starts[-1]
        end = begin + len(indices)
        if end > len(self._keys):
            more = max(end, 2 * len(self._keys)) - len(self._keys)
            self._keys = np.concatenate([self._keys, np.empty(more, np.int32)])
            self._cumulated = np.concatenate([self._cumulated, np.empty(more, np.int64)])
        self._keys[begin:end] = indices + len(self._blocks) * COUNTS
        self._cumulated[begin + 1 : end + 1] = self._cumulated[begin] + counts.cumsum()
        self._pool.add(block)
        self._starts.append(end)
        self._blocks.append(block)

    def in_pairs(self) -> GrowingTable:
        """Return one with every two neighbours as one block; a last one without neighbour stays."""
        places = range(0, len(self._blocks), 2)
        return GrowingTable(Histogram.merge(self._blocks[place : place + 2]) for place in places)

    @property
    def table(self) -> BlockTable:
        """The table so far; invalidated by the next `add()`."""
        end = self._starts[-1]
        return BlockTable(
            self._keys[:end], self._cumulated[: end + 1], np.array(self._starts), self._pool.counts
        )


def _pooled(keys: Keys, cumulated: Counts) -> Counts:
    """Add up the counts of each bucket, in parts: all at once would take several copies of the table."""
    dense = np.zeros(COUNTS, dtype=np.int64)
    for begin in range(0, len(keys), AT_ONCE):
        buckets = keys[begin : begin + AT_ONCE] % COUNTS
        counts = np.diff(cumulated[begin : begin + AT_ONCE + 1])
        # Floats hold whole numbers exactly up to 2^53; beyond, the slower sum of integers is used.
        if counts.sum() < 2**53:
            dense += np.bincount(buckets, weights=counts, minlength=COUNTS).astype(np.int64)
        else:
            np.add.at(dense, buckets, counts)
    return dense
