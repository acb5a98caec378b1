"""What a measurement could have detected: how far beyond its limit something had to be, to be seen to be."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from harness.judge.stats.bounds import Risks, share_bounds
from harness.judge.stats.estimate import Estimate
from harness.judge.stats.special import bdtri, ndtri
from harness.plan.criteria.compare import Op

POWER: Final = 0.95
"""How often what is called detectable is detected."""


def seconds_needed(variance_s: float, gap: float, wrong: float, power: float = POWER) -> float:
    """Return how long a mean with variance `variance_s / T` must be measured to detect a gap.

    T = variance (z of the risk + z of the power)² / gap²; infinite without a gap.
    """
    if gap <= 0:
        return math.inf
    return variance_s * (ndtri(1 - wrong) + ndtri(power)) ** 2 / gap**2


def detectable_value(limit: float, op: Op, estimate: Estimate, wrong: float) -> float | None:
    """Return the value that would have failed a limit with 95 % power; None without a bound.

    The failing bound is z of the risk away from the observed value; a true value must be z of the power
    further away from the limit.
    """
    if estimate.observed is None:
        return None
    reach = estimate.observed - estimate.lower if op.bounds_above else estimate.upper - estimate.observed
    if not math.isfinite(reach):
        return None
    needed = reach * (1 + ndtri(POWER) / ndtri(1 - wrong))
    return limit + needed if op.bounds_above else limit - needed


def detectable_ratio(limit: float, op: Op, estimate: Estimate, wrong: float) -> float | None:
    """Return the same for a change in proportion, whose error is one of its ln."""
    if estimate.observed is None or min(limit, estimate.observed, estimate.lower) <= -1:
        return None
    upper = math.log1p(estimate.upper) if math.isfinite(estimate.upper) else math.inf
    lower, observed = math.log1p(estimate.lower), math.log1p(estimate.observed)
    logs = Estimate(observed, lower, upper, estimate.n, estimate.blocks)
    found = detectable_value(math.log1p(limit), op, logs, wrong)
    return None if found is None or found > 700 else math.expm1(found)


def smallest_error_rate(limit: float, requests: int, wrong: float) -> float | None:
    """Find the smallest error rate that so many independent requests fail; None when none would."""
    failed = _fewest(lambda k: share_bounds(k, requests, Risks(wrong, wrong))[0] > limit, requests)
    if failed is None:
        return None
    # The rate at which fewer than `failed` failures are seen in only 1 - power of the stages.
    return bdtri(failed - 1, requests, 1 - POWER)


def _fewest(is_enough: Callable[[int], bool], most: int) -> int | None:
    """Find the smallest number, up to `most`, that is enough."""
    low, high = 0, most
    if not is_enough(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
