"""Differences of error rates, and throughput, from counts per block."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from harness.judge.stats.bounds import INDEPENDENT, DesignEffect, Risks, share_bounds
from harness.judge.stats.estimate import Estimate, Mean
from harness.judge.stats.limit_test import MeanTest
from harness.judge.stats.noise import Floats, ratio_influence
from harness.judge.stats.shares import ShareDifference


def error_difference_estimate(rates: ShareDifference, risks: Risks) -> Estimate:
    """Estimate canary - baseline error rate.

    Tiny rates have no meaningful ratio. The paired blocks give one pair of bounds; a second comes from the
    counts alone (Newcombe's square-and-add of exact bounds), because blocks without any error scatter by
    nothing and would claim certainty. The wider bound counts.
    """
    n = int(rates.canary_n)
    blocks = Mean.of(rates.value, rates.influence, n).within(risks)
    counts = counted_difference(
        Failures(rates.baseline_share * rates.baseline_n, rates.baseline_n),
        Failures(rates.canary_share * rates.canary_n, rates.canary_n),
        risks,
        len(rates),
    )
    return replace(
        counts,
        observed=rates.value,
        lower=min(counts.lower, blocks.lower),
        upper=max(counts.upper, blocks.upper),
    )


def error_difference_test(rates: ShareDifference, limit: float) -> MeanTest:
    """Test canary - baseline error rate against a limit by paired blocks."""
    old_n, new_n = rates.baseline_n, rates.canary_n
    failed = rates.baseline_share * old_n + rates.canary_share * new_n
    both = (failed + 0.5) / (old_n + new_n)
    floor = math.sqrt(max(both * (1 - both), 0.0) * (1 / old_n + 1 / new_n))
    return MeanTest(rates.value - limit, rates.influence, floor)


@dataclass(frozen=True)
class Failures:
    """How many of `n` requests failed, and how much they resembled each other."""

    failed: float
    n: float
    design: DesignEffect = INDEPENDENT


def counted_difference(old: Failures, new: Failures, risks: Risks, blocks: int) -> Estimate:
    """Estimate new - old error rate from exact bounds of both, squared and added (Newcombe 1998)."""
    if min(old.n, new.n) <= 0:
        return Estimate.unknown(blocks)
    old_rate, new_rate = old.failed / old.n, new.failed / new.n
    new_low, new_high = share_bounds(new.failed, new.n, risks, new.design)
    turned = Risks(lower=risks.upper, upper=risks.lower)
    old_low, old_high = share_bounds(old.failed, old.n, turned, old.design)
    observed = new_rate - old_rate
    lower = observed - math.hypot(new_rate - new_low, old_high - old_rate)
    upper = observed + math.hypot(new_high - new_rate, old_rate - old_low)
    return Estimate(observed, lower, upper, int(new.n), blocks)


def throughput_estimate(completed: Floats, lengths_s: Floats, risks: Risks) -> Estimate:
    """Estimate the successful requests per second from their number in each block and its length, (K,)."""
    n = int(completed.sum())
    if not len(completed):
        return Estimate.unknown()
    per_s = float(completed.sum() / lengths_s.sum())
    estimate = Mean.of(per_s, ratio_influence(completed, lengths_s, per_s), n).within(risks)
    # Few blocks that differ much have an error beyond their mean, and no rate is negative.
    return replace(estimate, lower=max(estimate.lower, 0.0))


def throughput_test(completed: Floats, lengths_s: Floats, limit_per_s: float) -> MeanTest:
    """Test the successful requests per second against a limit."""
    per_s = float(completed.sum() / lengths_s.sum()) if len(completed) else 0.0
    return MeanTest(per_s - limit_per_s, ratio_influence(completed, lengths_s, per_s))
