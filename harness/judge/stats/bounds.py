"""One-sided bounds on shares and quantiles: exact for independent requests, widened for correlated ones."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrik, betaincinv, ndtri, stdtrit

from harness.judge.stats.noise import block_noise, ratio_influence

EXACT_UP_TO = 1e7
"""Above this many values the normal approximation of a binomial rank is exact to the rank's own width."""


@dataclass(frozen=True)
class Risks:
    """How often a bound may be wrong: the true value below `lower`, above `upper`."""

    lower: float
    upper: float


@dataclass(frozen=True)
class DesignEffect:
    """What correlated blocks leave of a sample: `effect` times the variance of independent requests."""

    effect: float
    degrees: float

    def effective(self, n: float, risk: float) -> float:
        """Return the number of independent requests worth as much as these n (Korn & Graubard 1998).

        The second factor pays for estimating the effect from few blocks: (z / t)².
        """
        if self.effect <= 1.0:
            return n
        t = float(stdtrit(self.degrees, 1 - risk))
        return n / self.effect * min(1.0, (float(ndtri(1 - risk)) / t) ** 2)


INDEPENDENT = DesignEffect(1.0, math.inf)


def design_of(hits: NDArray[np.float64], sizes: NDArray[np.float64]) -> DesignEffect:
    """Estimate the design effect of a pooled share from its hits and sizes per block (K,), never below 1."""
    total, n = float(hits.sum()), float(sizes.sum())
    if total <= 0.0 or total >= n or len(hits) < 2:
        return INDEPENDENT
    share = total / n
    noise = block_noise(ratio_influence(hits, sizes, share))
    return DesignEffect(max(1.0, noise.se**2 * n / (share * (1 - share))), noise.degrees)


def share_bounds(
    hits: float, n: float, risks: Risks, design: DesignEffect = INDEPENDENT
) -> tuple[float, float]:
    """Clopper–Pearson bounds of a share, on the effective sample; (0, 1) when there is none."""
    if n <= 0:
        return 0.0, 1.0
    share = hits / n
    lower_n, upper_n = (design.effective(n, risk) for risk in (risks.lower, risks.upper))
    low, high = share * lower_n, share * upper_n
    lower = float(betaincinv(low, lower_n - low + 1, risks.lower)) if hits > 0 else 0.0
    upper = float(betaincinv(high + 1, upper_n - high, 1 - risks.upper)) if hits < n else 1.0
    return lower, upper


def quantile_levels(
    p: float, n: float, risks: Risks, design: DesignEffect = INDEPENDENT
) -> tuple[float, float]:
    """Find the two levels (shares of the sample) between which the p-quantile lies; 0 and > 1 mean no bound.

    The r-th smallest of n independent values lies above the p-quantile unless at least r of them lie below
    it, and their number is binomial (n, p). Correlated requests count as their effective number.
    """
    lower_n, upper_n = (design.effective(n, risk) for risk in (risks.lower, risks.upper))
    lower = math.floor(_binomial_quantile(risks.lower, lower_n, p)) + 1 if lower_n >= 1 else 0
    upper = math.ceil(_binomial_quantile(1 - risks.upper, upper_n, p)) + 1 if upper_n >= 1 else math.inf
    return max(lower, 0) / max(lower_n, 1.0), upper / max(upper_n, 1.0)


def _binomial_quantile(probability: float, n: float, p: float) -> float:
    """Find the real k at which the binomial distribution reaches a probability; -1 when it starts above."""
    if n > EXACT_UP_TO:
        return n * p + float(ndtri(probability)) * math.sqrt(n * p * (1 - p))
    if (1 - p) ** n >= probability:
        return -1.0
    return float(bdtrik(probability, n, p))
