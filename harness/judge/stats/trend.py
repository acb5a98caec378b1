"""How a series runs: whether it grows, and where it changes its level."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from harness.judge.stats.bounds import Risks
from harness.judge.stats.estimate import Estimate, Mean
from harness.judge.stats.noise import Floats

LEAST_BLOCKS = 8
"""A shorter series shows no change."""
LEAST_INSIDE = 2
"""A single block is an outlier."""


@dataclass(frozen=True)
class Span:
    """The blocks from `first` up to, and without, `end`."""

    first: int
    end: int


def growth_estimate(values: Floats, risks: Risks) -> Estimate:
    """Estimate how much a series grew from its first to its last value, as a share of its mean.

    Least squares on equally spaced values. The slope is a weighted mean of the values, so its error is that
    of blocks whose influence is weight times residual.
    """
    n = len(values)
    if n < 3 or values.mean() <= 0:
        return Estimate.unknown()
    time = np.arange(n) - (n - 1) / 2
    weights = time / float(time @ time)
    scaled = values / float(values.mean())
    slope = float(weights @ scaled)
    residuals = scaled - 1 - slope * time
    influence = np.asarray(n * (n - 1) * weights * residuals, dtype=np.float64)
    return Mean.of(slope * (n - 1), influence, n).within(risks)


def span_beyond(values: Floats) -> Span | None:
    """Find the blocks that alone are beyond the limit; None where the whole series is alike.

    `values` (K,) say how far each block is beyond it. The mean is fitted with one change (a span that reaches
    an end of the series) or two, by least squares: each change must lower Schwarz's criterion (Yao 1988), at
    a price of 3 ln K, because neighbouring blocks resemble each other. Outside the span the mean must keep
    the limit. It describes a series about which something else has decided.
    """
    blocks = len(values)
    if blocks < LEAST_BLOCKS or not np.isfinite(values).all():
        return None
    sums = np.concatenate([[0.0], np.cumsum(values)])
    first, end = np.triu_indices(blocks + 1, LEAST_INSIDE)
    proper = end - first < blocks
    first, end = first[proper], end[proper]
    inside, total = sums[end] - sums[first], float(sums[-1])
    length = end - first
    scatter = float(((values - total / blocks) ** 2).sum())
    explained = (inside - length * total / blocks) ** 2 * blocks / (length * (blocks - length))
    left = np.maximum(scatter - explained, scatter * 1e-12)
    changes = np.where((first == 0) | (end == blocks), 1, 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = blocks * np.log(scatter / left) - 3 * math.log(blocks) * changes
    wanted = (inside > 0) & (total - inside <= 0) & (gain > 0)
    if not wanted.any():
        return None
    best = int(np.where(wanted, gain, -np.inf).argmax())
    return Span(int(first[best]), int(end[best]))
