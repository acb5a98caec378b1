"""Histograms of many blocks in a few arrays, so that one question is put to all blocks at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from harness.judge.noise import Floats
from harness.record.grid import BUCKET_MIDDLE_US, COUNTS
from harness.record.histogram import Histogram

Counts = NDArray[np.int64]
Keys = NDArray[np.signedinteger[Any]]
AT_ONCE = 1 << 18


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
        # A day of blocks has millions of keys, and in 32 bits there is room for 90,000 blocks.
        width = np.int32 if len(blocks) * COUNTS < 2**31 else np.int64
        starts = np.cumsum([0, *(len(block.indices) for block in blocks)])
        keys, cumulated = np.empty(starts[-1], width), np.zeros(starts[-1] + 1, np.int64)
        # Filled in place: a day of blocks in lists of arrays would be held twice.
        for number, block in enumerate(blocks):
            begin, end = starts[number], starts[number + 1]
            keys[begin:end] = block.indices
            keys[begin:end] += number * COUNTS
            cumulated[begin + 1 : end + 1] = block.counts
        return cls(keys, np.cumsum(cumulated, out=cumulated), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def growing(self, looks: Iterable[int]) -> Iterator[Self]:
        """Yield the table as it was after so many blocks each (ascending); no block is summed up twice."""
        pool, begin = np.zeros(COUNTS, dtype=np.int64), 0
        for blocks in looks:
            end = int(self.starts[blocks])
            pool = pool + _pooled(self.keys[begin:end], self.cumulated[begin : end + 1])
            begin = end
            yield type(self)(self.keys[:end], self.cumulated[: end + 1], self.starts[: blocks + 1], pool)

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
