"""How small a difference a stage will detect, found by drawing stages for the judge's own tests."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from harness.judge.planning.causes import TooNoisy
from harness.judge.planning.draws import (
    BlockDesign,
    QuantileChange,
    blocks_of,
    failures,
    passes,
    planned_blocks,
    reach,
)
from harness.judge.planning.later import LaterSlowdown, later_slowdown
from harness.judge.planning.needs import blocks_merged, canary_requests_per_block, merged_blocks
from harness.judge.planning.noise import RatioNoise, assumed_noise
from harness.judge.stats.power import POWER, seconds_needed, smallest_error_rate
from harness.judge.stats.special import ndtr, ndtri
from harness.judge.windows.boundary import ERRORS, LATENCIES
from harness.judge.windows.budget import WRONG_PASS
from harness.judge.windows.design import StageDesign
from harness.judge.windows.promises import parts_of
from harness.plan.criteria.change import Ratio
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import AnyCriterion, Criterion
from harness.plan.criteria.measure import Measure, MeasureKind
from harness.plan.model import Plan, Stage

LARGEST_GAP, MAX_BLOCKS = math.log(20), 1e6
"""Beyond a change by this factor, or so many blocks, nothing is looked for."""
STEP, PRECISION = 1.4, 0.05
"""Of what is looked for, as a factor and as a share: the logarithm of a change, or a number of blocks."""


@dataclass(frozen=True)
class Sensitivity:
    """What one stage detects; empty or None where a question does not arise."""

    stage: str
    blocks: int
    smallest_slowdowns: Mapping[str, float | None]
    """By measure, the smallest change that fails in 95 of 100 stages, as a share; None if none does."""
    slowdown_needs_s: float | None
    """Stage length in which an unchanged canary passes each of these measures in 95 of 100 stages."""
    smallest_error_rate: float | None
    """Smallest error rate that fails the strictest limit in 95 of 100 stages."""
    later: LaterSlowdown | None
    """When a slowdown that begins in mid-stage is found; None where the rate changes on the way."""


def sensitivities(plan: Plan, noise: RatioNoise | None = None) -> tuple[Sensitivity, ...]:
    """Return what each stage detects; without a measured `noise` it is assumed."""
    return tuple(sensitivity(plan, stage, noise or assumed_noise(plan)) for stage in plan.stages)


def sensitivity(plan: Plan, stage: Stage, noise: RatioNoise) -> Sensitivity:
    """Return what a stage detects."""
    design = StageDesign(plan, stage)
    blocks = design.clock.planned_blocks
    requests = int(blocks * canary_requests_per_block(design))
    compares = design.has_both and blocks > 0
    limits = [limit for limit in map(_error_limit, stage.criteria) if limit]
    at_the_end = design.budget.at_the_end(ERRORS)
    rate = smallest_error_rate(min(limits), requests, at_the_end) if limits and requests else None
    changes = _changes(design, noise) if compares else {}
    return Sensitivity(
        stage.name,
        blocks,
        {name: smallest_slowdown(design, change, noise) for name, change in changes.items()},
        max((unchanged_needs_s(design, each, noise) for each in changes.values()), default=None),
        rate,
        later_slowdown(design, noise) if compares and len(design.clock.plateaus) == 1 else None,
    )


def too_noisy(design: StageDesign, criterion: AnyCriterion, noise: RatioNoise) -> TooNoisy | None:
    """Say that an unchanged canary would pass a comparison of latencies in fewer than 95 of 100 stages."""
    if not design.has_both:
        return None
    changes = {change for _, change in _compared(design.plan, criterion, noise)}
    needed_s = max((unchanged_needs_s(design, each, noise) for each in changes), default=0.0)
    return TooNoisy(needed_s) if needed_s > design.stage.duration_s else None


def smallest_slowdown(design: StageDesign, change: QuantileChange, noise: RatioNoise) -> float | None:
    """Return the smallest real change, as a share, that fails in 95 of 100 stages; None when none does."""
    blocks = planned_blocks(design)
    if change.allowed <= -1 or blocks.count < 2:
        return None
    return _slowdown(blocks, change, noise, design.budget.at_the_end(LATENCIES), design.disturbance_s)


def unchanged_needs_s(design: StageDesign, change: QuantileChange, noise: RatioNoise) -> float:
    """Return the stage length in which an unchanged canary passes; never shorter than its blocks need."""
    if change.allowed <= 0:
        return math.inf
    least, merged = design.plan.judge.min_blocks, blocks_merged(design)
    needed = _least_blocks(blocks_of(design, least), change, noise)
    return merged_blocks(design, least).needed_s + (needed - least) * merged * design.clock.block_s


# The stages of a plan are often alike.
@lru_cache(maxsize=256)
def _slowdown(
    blocks: BlockDesign, change: QuantileChange, noise: RatioNoise, risk: float, disturbance_s: float
) -> float | None:
    def real(gap: float) -> float:
        return math.expm1(math.log1p(change.allowed) + gap)

    def is_found(gap: float) -> bool:
        changed = replace(change, real=real(gap))
        return reach(POWER, failures(blocks, changed, noise, risk, disturbance_s))

    se = math.sqrt(_variance_s(blocks, change, noise) / (blocks.count * blocks.block_s))
    gap = _smallest(is_found, se * (ndtri(1 - risk) + ndtri(POWER)), 0.0, LARGEST_GAP)
    return None if math.isinf(gap) else real(gap)


@lru_cache(maxsize=256)
def _least_blocks(least: BlockDesign, change: QuantileChange, noise: RatioNoise) -> float:
    """Return how many such blocks an unchanged canary passes in, from `least.count` on; maybe infinite."""

    def passes_in(count: float) -> bool:
        return reach(POWER, passes(replace(least, count=round(count)), change, noise))

    guess_s = seconds_needed(_variance_s(least, change, noise), math.log1p(change.allowed), WRONG_PASS)
    return math.ceil(_smallest(passes_in, guess_s / least.block_s, least.count, MAX_BLOCKS))


def _variance_s(blocks: BlockDesign, change: QuantileChange, noise: RatioNoise) -> float:
    """Return about what the variance of ln of the ratio is, times seconds: where to begin to look."""
    p, z = change.level, ndtri(change.level)
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / noise.sigma
    independent = p * (1 - p) / density**2 * blocks.block_s * (1 / blocks.canary + 1 / blocks.baseline)
    return noise.variance_s + independent


def _smallest(holds: Callable[[float], bool], guess: float, least: float, most: float) -> float:
    """Find the smallest number from `least` to `most` that holds, beginning at a guess; infinite if none."""
    high = min(max(guess, least), most)
    if holds(high):
        low = max(high / STEP, least)
        while low > least and holds(low):
            low, high = max(low / STEP, least), low
        if low == least and (low == high or (least > 0 and holds(low))):
            return low
    else:
        low, high = high, min(high * STEP, most)
        while not holds(high):
            if high >= most:
                return math.inf
            low, high = high, min(high * STEP, most)
    while high - low > PRECISION * high:
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _changes(design: StageDesign, noise: RatioNoise) -> dict[str, QuantileChange]:
    """Return the comparisons of latencies of a stage by their measure; the plan's of p95 if it has none."""
    found = [each for one in design.stage.criteria for each in _compared(design.plan, one, noise)]
    strictest = dict(sorted(found, key=lambda each: -each[1].allowed))
    return strictest or {"p95": QuantileChange(0.95, design.plan.judge.tolerance)}


def _compared(plan: Plan, criterion: AnyCriterion, noise: RatioNoise) -> Iterator[tuple[str, QuantileChange]]:
    """Yield the changes in proportion that a criterion allows for latencies, with the measure."""
    for part in parts_of(plan, criterion):
        match part:
            case Criterion(measure=measure, limit=Ratio(ratio)) if measure.is_latency:
                yield measure.name, QuantileChange(_level(measure, noise), ratio)


def _level(measure: Measure, noise: RatioNoise) -> float:
    """Return the level of a percentile; a mean is the quantile it is of log-normal latencies."""
    return ndtr(noise.sigma / 2) if measure.quantile is None else measure.quantile


def _error_limit(criterion: AnyCriterion) -> float | None:
    match criterion:
        case Criterion(measure=measure, limit=Absolute(limit)) if measure.kind is MeasureKind.ERROR_RATE:
            return limit
        case _:
            return None
