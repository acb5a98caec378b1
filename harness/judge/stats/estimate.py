"""A measured number with its bounds, before it is held against a limit."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from harness.judge.stats.bounds import Risks
from harness.judge.stats.noise import Floats, block_noise
from harness.judge.stats.special import stdtrit


@dataclass(frozen=True)
class Estimate:
    """In base units. `observed` is None when nothing was seen; the bounds may be infinite, never NaN.

    An infinite `observed` is that of a request never answered. Its lower bound is finite: what it exceeds at
    least.
    """

    observed: float | None
    lower: float
    upper: float
    n: int
    blocks: int
    """0 for a fact that wasn't sampled."""

    @classmethod
    def unknown(cls, blocks: int = 0) -> Estimate:
        """Return the estimate of something that was not measured."""
        return cls(None, -math.inf, math.inf, 0, blocks)


def never_answered(estimate: Estimate, limit: float) -> Estimate:
    """Return an estimate in which requests never answered are counted as a long time, without that time.

    What is known of it is on which side of the limit it is.
    """
    lower = math.nextafter(limit, math.inf) if estimate.lower > limit else estimate.lower
    return replace(estimate, observed=math.inf, lower=lower, upper=math.inf)


@dataclass(frozen=True)
class Mean:
    """A number that is a mean over blocks, with its standard error and the degrees of freedom that has."""

    value: float
    se: float
    degrees: float
    n: int
    blocks: int

    @classmethod
    def of(cls, value: float, influence: Floats, n: int, floor: float = 0.0) -> Mean:
        """Measure the error by the scatter of each block's influence on the value, (K,); at least `floor`."""
        noise = block_noise(influence)
        return cls(value, max(noise.se, floor), noise.degrees, n, len(influence))

    def within(self, risks: Risks) -> Estimate:
        """Bound it by Student's t."""
        lower, upper = (stdtrit(self.degrees, 1 - risk) * self.se for risk in (risks.lower, risks.upper))
        return Estimate(self.value, self.value - lower, self.value + upper, self.n, self.blocks)
