"""How small a difference a stage will detect, with the noise of an earlier run or of a typical service."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import ndtri

from harness.judge.planning.causes import TooNoisy
from harness.judge.planning.needs import canary_requests_per_block, merged_blocks
from harness.judge.stats.power import POWER, seconds_needed, smallest_error_rate
from harness.judge.windows.budget import WRONG_PASS
from harness.judge.windows.design import StageDesign
from harness.plan.criteria.change import Ratio
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import AnyCriterion, Criterion, Named, NamedCriterion
from harness.plan.criteria.measure import MeasureKind
from harness.plan.model import Plan, Stage

TYPICAL_DENSITY = 0.17
"""Density of ln latency at its p95: that of a log-normal with sigma 0.6."""
DEFAULT_SD_15_MIN = 0.018
"""Standard deviation of ln(p95 canary / p95 baseline) over 15 minutes of one pod that wanders moderately."""


@dataclass(frozen=True)
class RatioNoise:
    """How strongly the ratio of the two p95s wanders: its variance over T seconds is `variance_s / T`."""

    variance_s: float = DEFAULT_SD_15_MIN**2 * 900.0


TYPICAL = RatioNoise()


@dataclass(frozen=True)
class Sensitivity:
    """What one stage detects; None where a question does not arise."""

    stage: str
    blocks: int
    smallest_slowdown: float | None
    """Smallest p95 change that fails the plan's tolerance in 95 of 100 stages, as a share."""
    slowdown_needs_s: float | None
    """Stage length in which an unchanged canary passes that tolerance in 95 of 100 stages."""
    smallest_error_rate: float | None
    """Smallest error rate that fails the strictest limit in 95 of 100 stages."""


def sensitivity(plan: Plan, stage: Stage, noise: RatioNoise = TYPICAL) -> Sensitivity:
    """Return what a stage detects."""
    design = StageDesign(plan, stage)
    blocks = design.clock.planned_blocks
    requests = int(blocks * canary_requests_per_block(design))
    compares = design.has_both and blocks > 0
    limits = [limit for limit in map(_error_limit, stage.criteria) if limit]
    rate = smallest_error_rate(min(limits), requests, design.budget.final) if limits and requests else None
    return Sensitivity(
        stage.name,
        blocks,
        _smallest_slowdown(design, noise) if compares else None,
        _unchanged_needs_s(design, plan.judge.tolerance, noise) if compares else None,
        rate,
    )


def sensitivities(plan: Plan, noise: RatioNoise = TYPICAL) -> tuple[Sensitivity, ...]:
    """Return it for all stages."""
    return tuple(sensitivity(plan, stage, noise) for stage in plan.stages)


def too_noisy(design: StageDesign, criterion: AnyCriterion, noise: RatioNoise) -> TooNoisy | None:
    """Say that an unchanged canary would pass a comparison of latencies in fewer than 95 of 100 stages."""
    tolerated = _tolerated(design.plan, criterion)
    if tolerated is None or not design.has_both:
        return None
    needed_s, lasts_s = _unchanged_needs_s(design, tolerated, noise), design.stage.duration_s
    return TooNoisy(needed_s) if needed_s > lasts_s else None


def _tolerated(plan: Plan, criterion: AnyCriterion) -> float | None:
    """Return the change in proportion that a comparison of latencies allows for."""
    match criterion:
        case NamedCriterion(name=Named.NO_PERFORMANCE_DEGRADATION):
            return plan.judge.tolerance
        case Criterion(measure=measure, limit=Ratio(ratio)) if measure.is_latency:
            return ratio
        case _:
            return None


def _variance_s(design: StageDesign, noise: RatioNoise) -> float:
    """Add what independent requests contribute to the wandering of the ratio."""
    weight, per_s = float(design.stage.weight), design.planned_per_s
    independent = 0.95 * 0.05 / TYPICAL_DENSITY**2 * (1 / (weight * per_s) + 1 / ((1 - weight) * per_s))
    return noise.variance_s + independent


def _smallest_slowdown(design: StageDesign, noise: RatioNoise) -> float:
    measured_s = design.clock.planned_blocks * design.clock.block_s
    se = math.sqrt(_variance_s(design, noise) / measured_s)
    gap = se * float(ndtri(1 - design.budget.final) + ndtri(POWER))
    return math.expm1(math.log1p(design.plan.judge.tolerance) + gap)


def _unchanged_needs_s(design: StageDesign, tolerated: float, noise: RatioNoise) -> float:
    """Return the stage length in which an unchanged canary passes; never shorter than its blocks need."""
    gap = math.log1p(tolerated) if tolerated > -1 else -math.inf
    long_enough_s = seconds_needed(_variance_s(design, noise), gap, WRONG_PASS)
    warmup_s = design.plan.warmup_of(design.stage)
    return max(warmup_s + long_enough_s, merged_blocks(design, design.plan.judge.min_blocks).needed_s)


def _error_limit(criterion: AnyCriterion) -> float | None:
    match criterion:
        case Criterion(measure=measure, limit=Absolute(limit)) if measure.kind is MeasureKind.ERROR_RATE:
            return limit
        case _:
            return None
