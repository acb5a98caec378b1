"""One-sided bounds on shares: exact for independent requests, widened for correlated ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.judge.stats.noise import Floats, block_noise, ratio_influence
from harness.judge.stats.special import betaincinv, ndtri, stdtrit


@dataclass(frozen=True)
class Risks:
    """How often a bound may be wrong: the true value below `lower`, above `upper`."""

    lower: float
    upper: float
    below_passes: bool = True
    """Whether the upper bound is the one that passes, because values must stay below a limit."""


@dataclass(frozen=True)
class DesignEffect:
    """What correlated blocks leave of a sample: `effect` times the variance of independent requests."""

    effect: float
    degrees: float

    def effective(self, n: float, risk: float) -> float:
        """Return the number of independent requests worth as much as these n (Korn & Graubard 1998).

        The second factor pays for estimating the effect from few blocks: (z / t)².
        """
        if self.effect <= 1.0 and math.isinf(self.degrees):
            return n
        t = stdtrit(self.degrees, 1 - risk)
        return n / self.effect * min(1.0, (ndtri(1 - risk) / t) ** 2)


INDEPENDENT = DesignEffect(1.0, math.inf)
ALMOST_INDEPENDENT = 1.5
"""Up to this design effect, few hits are scattered hits: their counts alone make the effect uncertain."""


def design_of(hits: Floats, sizes: Floats, least_degrees: float = 1.0) -> DesignEffect:
    """Estimate the design effect of a pooled share from its hits and sizes per block (K,), never below 1."""
    total, n = float(hits.sum()), float(sizes.sum())
    if total <= 0.0 or total >= n or len(hits) < 2:
        return INDEPENDENT
    share = total / n
    noise = block_noise(ratio_influence(hits, sizes, share))
    effect, degrees = noise.se**2 * n / (share * (1 - share)), max(noise.degrees, least_degrees)
    if effect <= 1:
        return INDEPENDENT
    if effect < ALMOST_INDEPENDENT and total < 3 * len(hits):
        degrees = max(degrees, (len(hits) - 1) / 2)
    return DesignEffect(effect, degrees)


def effective_share(
    hits: Floats, sizes: Floats, risk: float, least_degrees: float = 1.0
) -> tuple[float, float]:
    """Return how many of how many independent requests are worth as much as these blocks (K,) at a risk."""
    n = float(sizes.sum())
    worth = design_of(hits, sizes, least_degrees).effective(n, risk)
    return (float(hits.sum()) / n * worth if n else 0.0), worth


def share_bounds(
    hits: float, n: float, risks: Risks, design: DesignEffect = INDEPENDENT
) -> tuple[float, float]:
    """Clopper–Pearson bounds of a share, on the effective sample; (0, 1) when there is none."""
    if n <= 0:
        return 0.0, 1.0
    share = hits / n
    lower_n, upper_n = (design.effective(n, risk) for risk in (risks.lower, risks.upper))
    low, high = share * lower_n, share * upper_n
    lower = betaincinv(low, lower_n - low + 1, risks.lower) if hits > 0 else 0.0
    upper = betaincinv(high + 1, upper_n - high, 1 - risks.upper) if hits < n else 1.0
    return lower, upper
