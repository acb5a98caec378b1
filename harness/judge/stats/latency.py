"""Percentiles, mean and maximum of one variant, from blocks of histograms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from harness.judge.stats.estimate import Estimate
from harness.judge.stats.noise import Floats
from harness.judge.stats.position import position_at_count, position_of, value_at_level_us
from harness.judge.stats.table import BlockTable, Counts, GrowingTable
from harness.record.histograms.grid import BUCKET_HIGHEST_US
from harness.record.histograms.histogram import Histogram


@dataclass(frozen=True, eq=False)
class Latencies:
    """The successful and the failed responses of one variant in K blocks.

    Latencies are those of successful responses, with one exception: a failed response that took longer than
    the very statistic judged counts as well. So a failure can only make a latency worse: a fast error does
    not improve it, a timeout does not vanish from it.
    """

    successful: BlockTable
    failed: BlockTable

    def __len__(self) -> int:
        return len(self.successful)

    @property
    def requests(self) -> Counts:
        """All requests of each block, (K,)."""
        return self.successful.totals + self.failed.totals

    @cached_property
    def cumulated(self) -> Counts:
        """How many successful values lie in each bucket or below, over all blocks, (COUNTS,)."""
        return np.cumsum(self.successful.pooled())

    def part(self, first: int, end: int) -> Latencies:
        """Return those of the blocks from `first` up to, and without, `end`."""
        return Latencies(self.successful.part(first, end), self.failed.part(first, end))

    def of_blocks(self, blocks: Counts) -> Latencies:
        """Return those of these blocks alone, (L,), ascending."""
        return Latencies(self.successful.of_blocks(blocks), self.failed.of_blocks(blocks))

    def with_failures_above(self, bucket: int) -> Sample:
        """Select the sample in which failures above a bucket count."""
        failures = self._cumulated_failures
        if not failures[-1]:
            return Sample(self.successful, self.failed, self.cumulated)
        slow = np.maximum(failures - failures[bucket], 0)
        return Sample(self.successful, self.failed.from_bucket(bucket + 1), self.cumulated + slow)

    @cached_property
    def _cumulated_failures(self) -> Counts:
        """The same as `cumulated` of failed responses."""
        return np.cumsum(self.failed.pooled())


class Pair(NamedTuple):
    """Both variants' latencies at one endpoint, or at all together, in the same K blocks."""

    canary: Latencies
    baseline: Latencies

    def part(self, first: int, end: int) -> Pair:
        """Return the same of the blocks from `first` up to, and without, `end`."""
        return Pair(self.canary.part(first, end), self.baseline.part(first, end))

    def of_blocks(self, blocks: Counts) -> Pair:
        """Return the same of these blocks alone, (L,), ascending."""
        return Pair(self.canary.of_blocks(blocks), self.baseline.of_blocks(blocks))


class GrowingLatencies:
    """The latencies of one variant, block after block."""

    def __init__(self, successful: GrowingTable | None = None, failed: GrowingTable | None = None) -> None:
        self._successful = successful or GrowingTable()
        self._failed = failed or GrowingTable()

    def add(self, successful: Histogram, failed: Histogram) -> None:
        """Add the next block."""
        self._successful.add(successful)
        self._failed.add(failed)

    def in_pairs(self) -> GrowingLatencies:
        """Return the same with every two neighbours as one block."""
        return GrowingLatencies(self._successful.in_pairs(), self._failed.in_pairs())

    @property
    def latencies(self) -> Latencies:
        """The latencies so far; invalidated by the next `add()`."""
        return Latencies(self._successful.table, self._failed.table)


@dataclass(frozen=True, eq=False)
class Sample:
    """The latencies a statistic is taken of, in K blocks; never empty.

    `cumulated` (COUNTS,) says how many values lie in each bucket or below, over all blocks.
    """

    successful: BlockTable
    slow_failures: BlockTable
    cumulated: Counts

    @property
    def n(self) -> int:
        """The number of values."""
        return int(self.cumulated[-1])

    @property
    def sizes(self) -> Floats:
        """The number of values in each block, (K,)."""
        return (self.successful.totals + self.slow_failures.totals).astype(np.float64)

    @property
    def sums_us(self) -> Floats:
        """The sum of each block's values, (K,)."""
        return self.successful.sums_us + self.slow_failures.sums_us

    def above(self, position: float) -> Floats:
        """Count each block's values above a position, (K,)."""
        return self.successful.above(position) + self.slow_failures.above(position)


def quantile_sample(latencies: Latencies, p: float) -> Sample | None:
    """Select the sample for the p-quantile; None without a successful response."""
    cumulated = latencies.cumulated
    if cumulated[-1] == 0:
        return None
    position = position_at_count(cumulated, p * float(cumulated[-1]))
    return latencies.with_failures_above(int(position))


def mean_sample(latencies: Latencies) -> Sample | None:
    """Select the sample for the mean; None without a successful response."""
    successful = latencies.successful
    n = float(latencies.cumulated[-1])
    if n == 0:
        return None
    mean_us = float(successful.sums_us.sum()) / n
    return latencies.with_failures_above(int(position_of(mean_us)))


def observed_quantile_s(latencies: Latencies, p: float) -> float | None:
    """Return a quantile in seconds without bounds; None without a successful response."""
    sample = quantile_sample(latencies, p)
    return value_at_level_us(sample.cumulated, p) / 1e6 if sample else None


def observed_mean_s(latencies: Latencies) -> float | None:
    """Return the mean in seconds without bounds; None without a successful response."""
    sample = mean_sample(latencies)
    return float(sample.sums_us.sum()) / 1e6 / sample.n if sample else None


def max_estimate(latencies: Latencies) -> Estimate:
    """Take the slowest response, in seconds: a fact about what was seen, without error."""
    seen = np.flatnonzero(latencies.successful.pooled() + latencies.failed.pooled())
    if not len(seen):
        return Estimate.unknown(blocks=len(latencies))
    slowest_s = float(BUCKET_HIGHEST_US[seen[-1]]) / 1e6
    n = int(latencies.successful.totals.sum() + latencies.failed.totals.sum())
    return Estimate(slowest_s, slowest_s, slowest_s, n, len(latencies))
