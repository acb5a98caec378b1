"""Percentiles, mean and maximum of one variant, from blocks of histograms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from harness.judge.stats.bounds import Risks, design_of, quantile_levels
from harness.judge.stats.estimate import Estimate, Mean
from harness.judge.stats.noise import Floats, ratio_influence
from harness.judge.stats.position import (
    count_below,
    position_at_count,
    position_of,
    value_at_level_us,
    value_at_us,
)
from harness.judge.stats.table import BlockTable, Counts, GrowingTable
from harness.record.histograms.grid import BUCKET_HIGHEST_US, BUCKET_MIDDLE_US
from harness.record.histograms.histogram import Histogram

BANDWIDTH = 0.05
"""Half width, in ln of the latency, over which the density at a quantile is taken."""


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

    @cached_property
    def cumulated(self) -> Counts:
        """How many successful values lie in each bucket or below, over all blocks, (COUNTS,)."""
        return np.cumsum(self.successful.pooled())

    def with_failures_above(self, bucket: int) -> Sample:
        """Select the sample in which failures above a bucket count."""
        if not self.failed.cumulated[-1]:
            return Sample(self.successful, self.failed, self.cumulated)
        slow = self.failed.from_bucket(bucket + 1)
        return Sample(self.successful, slow, self.cumulated + np.cumsum(slow.pooled()))


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


def quantile_estimate(latencies: Latencies, p: float, risks: Risks) -> Estimate:
    """Estimate a quantile in seconds with bounds that respect correlation between requests.

    Woodruff's interval: the share of requests above the observed quantile is 1 - p, with an error that the
    blocks show; the quantile lies between the values at the levels this error allows.
    """
    sample = quantile_sample(latencies, p)
    if sample is None:
        return Estimate.unknown(blocks=len(latencies))
    cumulated, n = sample.cumulated, sample.n
    design = design_of(sample.above(position_at_count(cumulated, p * n)), sample.sizes)
    low, high = quantile_levels(p, n, risks, design)
    return Estimate(
        observed=value_at_level_us(cumulated, p) / 1e6,
        lower=value_at_level_us(cumulated, low) / 1e6 if low > 0 else 0.0,
        upper=value_at_level_us(cumulated, high) / 1e6 if high <= 1 else math.inf,
        n=n,
        blocks=len(latencies),
    )


def observed_quantile_s(latencies: Latencies, p: float) -> float | None:
    """Return a quantile in seconds without bounds; None without a successful response."""
    sample = quantile_sample(latencies, p)
    return value_at_level_us(sample.cumulated, p) / 1e6 if sample else None


def observed_mean_s(latencies: Latencies) -> float | None:
    """Return the mean in seconds without bounds; None without a successful response."""
    sample = mean_sample(latencies)
    return float(sample.sums_us.sum()) / 1e6 / sample.n if sample else None


def mean_estimate(latencies: Latencies, risks: Risks) -> Estimate:
    """Estimate the mean in seconds with block bounds."""
    effect = linearized_mean(latencies)
    return effect.mean.within(risks) if effect else Estimate.unknown(blocks=len(latencies))


def max_estimate(latencies: Latencies) -> Estimate:
    """Take the slowest response, in seconds: a fact about what was seen, without error."""
    seen = np.flatnonzero(latencies.successful.pooled() + latencies.failed.pooled())
    if not len(seen):
        return Estimate.unknown(blocks=len(latencies))
    slowest_s = float(BUCKET_HIGHEST_US[seen[-1]]) / 1e6
    n = int(latencies.successful.totals.sum() + latencies.failed.totals.sum())
    return Estimate(slowest_s, slowest_s, slowest_s, n, len(latencies))


@dataclass(frozen=True, eq=False)
class Linearized:
    """A statistic in seconds, and how much each block pushes it up or down, (K,), in seconds."""

    value_s: float
    influence_s: Floats
    n: int
    floor_s: float
    """Its standard error if requests were independent: blocks cannot know it better than that."""

    @property
    def mean(self) -> Mean:
        """The statistic with its error."""
        return Mean.of(self.value_s, self.influence_s, self.n, self.floor_s)

    @property
    def log_mean(self) -> Mean:
        """The ln of the statistic with its error."""
        scale = self.value_s
        return Mean.of(math.log(scale), self.influence_s / scale, self.n, self.floor_s / scale)


def linearized_quantile(latencies: Latencies, p: float) -> Linearized | None:
    """Linearise a quantile over the blocks; None without a successful response.

    Bahadur's representation: a block with more than its share 1 - p above the quantile q pushes ln q up by
    that excess divided by the density of ln latency at q.
    """
    sample = quantile_sample(latencies, p)
    if sample is None:
        return None
    position = position_at_count(sample.cumulated, p * sample.n)
    value_s = value_at_us(position) / 1e6
    density = log_density(sample.cumulated, position)
    influence = ratio_influence(sample.above(position), sample.sizes, 1 - p) / density
    floor = math.sqrt(p * (1 - p) / sample.n) / density
    return Linearized(value_s, value_s * influence, sample.n, value_s * floor)


def linearized_mean(latencies: Latencies) -> Linearized | None:
    """Linearise the mean over the blocks; None without a successful response."""
    sample = mean_sample(latencies)
    if sample is None:
        return None
    sums_s, n = sample.sums_us / 1e6, sample.n
    mean_s = float(sums_s.sum()) / n
    counts = np.diff(sample.cumulated, prepend=0)
    variance = float(counts @ (BUCKET_MIDDLE_US / 1e6 - mean_s) ** 2) / n
    return Linearized(mean_s, ratio_influence(sums_s, sample.sizes, mean_s), n, math.sqrt(variance / n))


def log_density(cumulated: Counts, position: float) -> float:
    """Estimate the density of ln latency at a position that holds a value, per unit of ln."""
    value_us = value_at_us(position)
    below, above = (
        count_below(cumulated, position_of(value_us * math.exp(side * BANDWIDTH))) for side in (-1, 1)
    )
    # Half a value at least: next to an empty stretch the band may hold nothing but the quantile's own edge.
    return max(above - below, 0.5) / (2 * BANDWIDTH * float(cumulated[-1]))
