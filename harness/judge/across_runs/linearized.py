"""A percentile with its standard error, for runs that share no block and are compared by numbers alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.judge.stats.estimate import Mean
from harness.judge.stats.latency import Latencies, quantile_sample
from harness.judge.stats.noise import Floats, ratio_influence
from harness.judge.stats.position import count_below, position_at_count, position_of, value_at_us
from harness.judge.stats.table import Counts

BANDWIDTH = 0.05
"""Half width, in ln of the latency, over which the density at a quantile is taken."""


@dataclass(frozen=True, eq=False)
class Linearized:
    """A statistic in seconds, and how much each block pushes it up or down, (K,), in seconds."""

    value_s: float
    influence_s: Floats
    n: int
    floor_s: float
    """Its standard error if requests were independent: blocks cannot know it better than that."""

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


def log_density(cumulated: Counts, position: float) -> float:
    """Estimate the density of ln latency at a position that holds a value, per unit of ln."""
    value_us = value_at_us(position)
    below, above = (
        count_below(cumulated, position_of(value_us * math.exp(side * BANDWIDTH))) for side in (-1, 1)
    )
    # Half a value at least: next to an empty stretch the band may hold nothing but the quantile's own edge.
    return max(above - below, 0.5) / (2 * BANDWIDTH * float(cumulated[-1]))
