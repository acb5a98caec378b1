"""How much the mean of a series of blocks can be trusted when neighbouring blocks resemble each other."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAX_CORRELATION = 0.92
MIN_DEGREES = 1.0
NO_BLOCKS: Floats = np.zeros(0)


@dataclass(frozen=True)
class Noise:
    """Standard error of a mean of blocks, and the degrees of freedom it deserves."""

    se: float
    degrees: float
    correlation: float
    """Lag-1 correlation of the blocks, as used."""


@dataclass(frozen=True, eq=False)
class Witness:
    """What else tells of the noise of K blocks, beside themselves; each series by default says nothing."""

    earlier: Floats = field(default_factory=lambda: NO_BLOCKS)
    """What blocks just before add to a mean of their own, (J,), which may be at another level."""
    even: Floats = field(default_factory=lambda: NO_BLOCKS)
    """What the K blocks add to a comparison that comes out even, (K,). Elsewhere a time in which more
    requests are slow shows a larger difference: blocks resemble each other, and nobody is noisier."""
    earlier_even: Floats = field(default_factory=lambda: NO_BLOCKS)
    """The same of the blocks before, (J,)."""

    def in_pairs(self) -> Witness:
        """Return the same of blocks twice as long."""
        return Witness(in_pairs(self.earlier), in_pairs(self.even), in_pairs(self.earlier_even))

    def without(self, first: int, count: int) -> Witness:
        """Return the same where this stretch of the K blocks is left out."""
        return replace(self, even=np.delete(self.even, slice(first, first + count)))


def block_noise(values: Floats, witness: Witness | None = None) -> Noise:
    """Estimate the standard error of the mean of K block values; infinite for fewer than two.

    The blocks are taken as an AR(1) series, whose mean has f = (1 + r) / (1 - r) times the variance of
    independent values. Degrees of freedom are (K - 1) / f, and fewer where one or two blocks make the mean:
    2 K / (kurtosis - 1) - 1, those of a variance estimated from such values (Satterthwaite 1946), with the
    kurtosis lowered by two of its own standard errors.

    A `witness` may know better how blocks resemble each other, and by more blocks how far they scatter; where
    the K scatter further than all together, that counts.
    """
    blocks = len(values)
    if blocks < 2:
        return Noise(math.inf, MIN_DEGREES, 0.0)
    known = witness or Witness()
    centred, means = _centred(known.earlier, values)
    largest = float(np.abs(centred).max())
    if largest <= 0.0 or not math.isfinite(largest):
        return Noise(0.0 if largest <= 0.0 else math.inf, float(len(centred) - means), 0.0)
    centred /= largest  # so that fourth powers neither vanish nor overflow
    squares = centred * centred
    scatter, every = float(squares.sum()), len(centred)
    even, _ = _centred(known.earlier_even, known.even) if len(known.even) else (centred, means)
    correlation = _correlation(even)
    inflation = (1 + correlation) / (1 - correlation)
    variance = max(scatter / (every - means), float(squares[-blocks:].sum()) / (blocks - 1))
    se = largest * math.sqrt(variance / blocks * inflation)
    kurtosis = every * float(squares @ squares) / scatter**2 - 2 * math.sqrt(24 / every)
    spiky = 2 * every / max(kurtosis - 1, 1e-9) - 1
    return Noise(se, max(min((every - means) / max(inflation, 1.0), spiky), MIN_DEGREES), correlation)


def _centred(*series: Floats) -> tuple[Floats, int]:
    """Put series in one, each less its own mean; return how many there are, too."""
    parts = [part - part.mean() for part in series if len(part)]
    return np.concatenate(parts), len(parts)


def _correlation(centred: Floats) -> float:
    """Estimate the lag-1 correlation of a short series, which is too low as it is seen (Kendall 1954).

    Below zero it is believed only as far as it is beyond chance, two standard errors.
    """
    blocks, scatter = len(centred), float(centred @ centred)
    raw = float(centred[1:] @ centred[:-1]) / scatter if scatter > 0 else 0.0
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
