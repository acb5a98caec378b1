"""Whether something grows while the stage lasts."""

from __future__ import annotations

import numpy as np

from harness.judge.stats.bounds import Risks
from harness.judge.stats.estimate import Estimate, Mean
from harness.judge.stats.noise import Floats


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
