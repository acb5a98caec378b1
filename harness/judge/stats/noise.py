"""How much the mean of a series of blocks can be trusted when neighbouring blocks resemble each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAX_CORRELATION = 0.8
MIN_DEGREES = 2.0


@dataclass(frozen=True)
class Noise:
    """Standard error of a mean of blocks, and the degrees of freedom it deserves."""

    se: float
    degrees: float
    correlation: float
    """Lag-1 correlation of the blocks, as used."""


def block_noise(values: Floats) -> Noise:
    """Estimate the standard error of the mean of K block values; infinite for fewer than two.

    The blocks are taken as an AR(1) series. Its variance of a mean is f = (1 + r) / (1 - r) times that of
    independent values, and it carries as much information as (K - 1) / f of them. The sample correlation is
    too low by about 2 / K in short series, so that is added; below zero it is not believed.
    """
    blocks = len(values)
    if blocks < 2:
        return Noise(math.inf, MIN_DEGREES, 0.0)
    centred = values - values.mean()
    scatter = float(centred @ centred)
    if scatter <= 0.0 or not math.isfinite(scatter):
        return Noise(0.0 if scatter <= 0.0 else math.inf, MIN_DEGREES, 0.0)
    raw = float(centred[1:] @ centred[:-1]) / scatter
    correlation = min(max(raw + 2 / blocks, 0.0), MAX_CORRELATION)
    inflation = (1 + correlation) / (1 - correlation)
    se = math.sqrt(scatter / (blocks - 1) / blocks * inflation)
    return Noise(se, max((blocks - 1) / inflation, MIN_DEGREES), correlation)


def ratio_influence(parts: Floats, sizes: Floats, share: float) -> Floats:
    """Find what each block adds to the pooled share `sum(parts) / sum(sizes)`, linearised; its mean is 0."""
    mean_size = float(sizes.mean()) if len(sizes) else 0.0
    return (parts - share * sizes) / mean_size if mean_size > 0 else np.zeros(len(parts))
