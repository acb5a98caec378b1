"""How many users a load needs, by Little's law: requests under way are their rate times what they take."""

from __future__ import annotations

import math

from harness.judge.planning.mismatches import TooFewUsers
from harness.judge.planning.noise import RatioNoise
from harness.judge.stats.special import ndtri
from harness.judge.windows.design import StageDesign
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import AnyCriterion, Criterion
from harness.plan.criteria.measure import Measure, MeasureKind

TO_SPARE = 1.25
"""Times the users that are busy on average, so that chance does not make arrivals wait."""


def users_needed(design: StageDesign, mean_s: float) -> int:
    """Return the `max_in_flight` that a mean response time needs, with some to spare.

    Each variant has so many users of its own; behind a router they are for all.
    """
    return math.ceil(TO_SPARE * _busy(design, mean_s))


def too_few_users(design: StageDesign, criterion: AnyCriterion, noise: RatioNoise) -> TooFewUsers | None:
    """Say that a service as slow as a limit on latency grants would keep every user busy."""
    match criterion:
        case Criterion(measure=measure, limit=Absolute(limit_s), op=op) if op.bounds_above:
            mean_s = _granted_mean_s(measure, limit_s, noise.sigma)
        case _:
            return None
    load = design.plan.load
    if load is None or design.plan.rate_of(design.stage) is None:
        # Nobody sends, or a recorded load does, whose rate the plan does not state.
        return None
    if mean_s is None or _busy(design, mean_s) <= load.max_in_flight:
        return None
    return TooFewUsers(mean_s, load.max_in_flight, users_needed(design, mean_s))


def _busy(design: StageDesign, mean_s: float) -> float:
    return design.busiest_per_s * mean_s


def _granted_mean_s(measure: Measure, limit_s: float, sigma: float) -> float | None:
    """Return the mean of log-normal latencies that just keep a limit; None where nothing follows for it."""
    if measure.kind is MeasureKind.MEAN:
        return limit_s
    if measure.quantile is None or not measure.is_latency:
        return None
    return limit_s * math.exp(sigma**2 / 2 - sigma * ndtri(measure.quantile))
