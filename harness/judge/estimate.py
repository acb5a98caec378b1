"""A measured number with its bounds, before it is held against a limit."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import stdtrit

from harness.judge.bounds import Risks
from harness.judge.noise import Floats, block_noise


@dataclass(frozen=True)
class Estimate:
    """In base units. `observed` is None when nothing was seen; the bounds may be infinite, never NaN."""

    observed: float | None
    lower: float
    upper: float
    n: int
    blocks: int

    @classmethod
    def unknown(cls, blocks: int = 0) -> Estimate:
        """Return the estimate of something nothing is known about."""
        return cls(None, -math.inf, math.inf, 0, blocks)

    @classmethod
    def of_blocks(cls, observed: float, influence: Floats, n: int, risks: Risks, *, floor: float) -> Estimate:
        """Bound an estimate by its blocks' influence (K,): observed ± t · se, se at least `floor`."""
        noise = block_noise(influence)
        se = max(noise.se, floor)
        low, high = (float(stdtrit(noise.degrees, 1 - risk)) * se for risk in (risks.lower, risks.upper))
        return cls(observed, observed - low, observed + high, n, len(influence))
