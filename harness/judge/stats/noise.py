"""How much the mean of a series of blocks can be trusted when neighbouring blocks resemble each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAX_CORRELATION = 0.92
MIN_DEGREES = 1.0


@dataclass(frozen=True)
class Noise:
    """Standard error of a mean of blocks, and the degrees of freedom it deserves."""

    se: float
    degrees: float
    correlation: float
    """Lag-1 correlation of the blocks, as used."""


def block_noise(values: Floats) -> Noise:
    """Estimate the standard error of the mean of K block values; infinite for fewer than two.

    The blocks are taken as an AR(1) series, whose mean has f = (1 + r) / (1 - r) times the variance of
    independent values. Degrees of freedom are (K - 1) / f, and fewer where one or two blocks make the mean:
    2 K / (kurtosis - 1) - 1, those of a variance estimated from such values (Satterthwaite 1946), with the
    kurtosis lowered by two of its own standard errors.
    """
    blocks = len(values)
    if blocks < 2:
        return Noise(math.inf, MIN_DEGREES, 0.0)
    centred = values - values.mean()
    largest = float(np.abs(centred).max())
    if largest <= 0.0 or not math.isfinite(largest):
        return Noise(0.0 if largest <= 0.0 else math.inf, blocks - 1.0, 0.0)
    centred /= largest  # so that fourth powers neither vanish nor overflow
    squares = centred * centred
    scatter = float(squares.sum())
    correlation = _correlation(float(centred[1:] @ centred[:-1]) / scatter, blocks)
    inflation = (1 + correlation) / (1 - correlation)
    se = largest * math.sqrt(scatter / (blocks - 1) / blocks * inflation)
    kurtosis = blocks * float(squares @ squares) / scatter**2 - 2 * math.sqrt(24 / blocks)
    spiky = 2 * blocks / max(kurtosis - 1, 1e-9) - 1
    return Noise(se, max(min((blocks - 1) / max(inflation, 1.0), spiky), MIN_DEGREES), correlation)


def _correlation(raw: float, blocks: int) -> float:
    """Correct the lag-1 correlation of a short series, which is too low (Kendall 1954).

    Below zero it is believed only as far as it is beyond chance, two standard errors.
    """
    corrected = raw + (1 + 3 * max(raw, 0.0)) / blocks
    if corrected < 0:
        corrected = min(raw + 2 / math.sqrt(blocks), 0.0)
    return min(corrected, MAX_CORRELATION)


def ratio_influence(parts: Floats, sizes: Floats, share: float) -> Floats:
    """Find what each block adds to the pooled share `sum(parts) / sum(sizes)`, linearised; its mean is 0."""
    mean_size = float(sizes.mean()) if len(sizes) else 0.0
    return (parts - share * sizes) / mean_size if mean_size > 0 else np.zeros(len(parts))


def in_pairs(values: Floats) -> Floats:
    """Merge every two neighbouring values into their mean; a first one without a neighbour is left out."""
    return np.asarray(values[len(values) % 2 :].reshape(-1, 2).mean(axis=1))
