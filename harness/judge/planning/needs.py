"""What a criterion needs before it can pass, against what a stage as planned provides.

Criteria of one endpoint are checked as if every request
were the endpoint's, because a plan doesn't say how the requests are shared out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.planning.causes import (
    Blocks,
    Cause,
    MergedBlocks,
    NoBaseline,
    NoCanary,
    NothingMeasured,
    NotProbed,
    OutOfReach,
    Requests,
    Unprovable,
    WindowTooLong,
)
from harness.judge.planning.mismatches import DisturbanceTooLong
from harness.judge.windows.block import MIN_REQUESTS
from harness.judge.windows.budget import WRONG_PASS
from harness.judge.windows.design import StageDesign
from harness.judge.windows.promises import parts_of_no_degradation
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import AnyCriterion, Criterion, Named, NamedCriterion
from harness.plan.criteria.measure import Measure, MeasureKind

MIN_BLOCKS = 6
"""With fewer blocks nothing can be said about how much requests of the same moment resemble each other."""

ROUNDING = 1e-6


def fewest_requests(share: float) -> float:
    """Return how many requests, none of them bad, prove that fewer than this share are bad; maybe infinite.

    With n requests and none bad the exact upper bound u satisfies (1 - u)^n = WRONG_PASS
    (Clopper and Pearson, "The use of confidence or fiducial limits", 1934).
    """
    if share <= 0:
        return math.inf
    return math.ceil(math.log(WRONG_PASS) / math.log1p(-share)) if share < 1 else 1


def requests_needed(measure: Measure, limit: float) -> float:
    """Return the requests, all of them good, from which an absolute limit can be kept at all; maybe infinite.

    A percentile p is below its limit when at most 1 - p of the requests are slower.
    """
    match measure.kind:
        case MeasureKind.ERROR_RATE:
            return fewest_requests(limit)
        case MeasureKind.QUANTILE if measure.quantile:
            return fewest_requests(1 - measure.quantile)
        case _:
            return 1


def window_too_long(design: StageDesign, window_s: float | None) -> WindowTooLong | None:
    """Say that something must hold for longer than the stage lasts."""
    lasts_s = design.stage.duration_s
    if window_s is None or window_s <= lasts_s + ROUNDING:
        return None
    return WindowTooLong(window_s, lasts_s, "stage")


def out_of_reach(offered_per_s: float, limit_per_s: float) -> OutOfReach | None:
    """Say that the load doesn't offer more requests than a limit on throughput."""
    return OutOfReach(offered_per_s) if offered_per_s <= limit_per_s else None


def needs_of(design: StageDesign, criterion: AnyCriterion) -> Iterator[Cause]:
    """Yield what a criterion needs before it can pass: quantities, met or not, and what nothing can meet."""
    if too_long := window_too_long(design, criterion.for_s):
        yield too_long
    match criterion:
        case NamedCriterion(name=Named.NO_PERFORMANCE_DEGRADATION):
            for part in parts_of_no_degradation(design.plan):
                yield from _of_requests(design, part)
        case NamedCriterion(name=name):
            yield from _of_name(design, name)
        case Criterion(measure=measure) if measure.is_of_requests:
            yield from _of_requests(design, criterion)
        case Criterion(measure=measure):
            if criterion.is_relative and not design.has_both:
                yield NoBaseline() if design.stage.weight else NoCanary()
            if not design.measures(measure):
                yield not_probed(measure)


def _of_requests(design: StageDesign, criterion: Criterion) -> Iterator[Cause]:
    kind, window_s = criterion.measure.kind, criterion.for_s
    if nothing := _nothing_measured(design, of_canary=kind is not MeasureKind.THROUGHPUT):
        yield nothing
    elif isinstance(criterion.limit, Absolute):
        limit = criterion.limit.value
        yield _blocks(design, MIN_BLOCKS, window_s)
        if kind is not MeasureKind.THROUGHPUT:
            yield _requests(design, requests_needed(criterion.measure, limit), window_s, relative=False)
        elif unreachable := out_of_reach(design.planned_per_s, limit):
            yield unreachable
    elif not design.has_both:
        yield NoBaseline()
    elif kind is MeasureKind.ERROR_RATE:
        allowed = BoundCriterion(criterion).limit + design.plan.judge.error_margin
        yield _blocks(design, design.plan.judge.min_blocks, window_s)
        yield _requests(design, fewest_requests(allowed), window_s, relative=True)
    else:
        yield merged_blocks(design, design.plan.judge.min_blocks, window_s)


def _of_name(design: StageDesign, name: Named) -> Iterator[Cause]:
    probes = design.plan.probes
    match name:
        case Named.NO_CRITICAL_ALERTS:
            critical = (levels.critical for levels in design.plan.levels.values())
            levels = any(level is not None and design.measures(level.measure) for level in critical)
            if not levels and not (probes and probes.prometheus and probes.prometheus.alerts is not None):
                yield NotProbed(("probes.prometheus.alerts", "levels"))
        case Named.HEALTH_CHECKS_PASSING | Named.SERVICE_DOWN:
            if not (probes and probes.health):
                yield NotProbed(("probes.health",))
        case Named.SYSTEM_STABLE | Named.STABLE:
            if not (probes and probes.metrics):
                yield NotProbed(("probes.metrics",))
            yield _nothing_measured(design, of_canary=True) or merged_blocks(design, MIN_BLOCKS)
        case Named.NO_PERFORMANCE_DEGRADATION:
            pass


def _nothing_measured(design: StageDesign, *, of_canary: bool) -> NothingMeasured | NoCanary | None:
    if design.clock.left_out_intervals >= design.clock.intervals:
        warmup_s, lasts_s = design.plan.warmup_of(design.stage), design.stage.duration_s
        return NothingMeasured(warmup_s, lasts_s, design.has_level_rates)
    return NoCanary() if of_canary and not design.stage.weight else None


def _blocks_in(design: StageDesign, window_s: float | None) -> int:
    """Return the blocks of the stage, or those of them in a window at its end."""
    planned = design.clock.planned_blocks
    return planned if window_s is None else min(planned, design.blocks_in(window_s))


def _length_s(design: StageDesign, blocks: float, window_s: float | None) -> float:
    """Return the length of a window, or of the stage with what is not judged, that holds so many blocks."""
    left_out_s = design.clock.left_out_s if window_s is None else 0.0
    return left_out_s + blocks * design.clock.block_s


def canary_requests_per_block(design: StageDesign) -> float:
    """Return the canary's requests of one block on average."""
    return float(design.stage.weight) * design.planned_per_s * design.clock.block_s


def _blocks(design: StageDesign, needed: int, window_s: float | None) -> Blocks:
    planned, needed_s = _blocks_in(design, window_s), _length_s(design, needed, window_s)
    return Blocks(needed, planned, design.clock.block_s, needed_s, window_s)


def blocks_merged(design: StageDesign) -> int:
    """Return how many blocks become one before the variants are compared."""
    return math.ceil(MIN_REQUESTS / canary_requests_per_block(design) - ROUNDING)


def merged_blocks(design: StageDesign, needed: int, window_s: float | None = None) -> MergedBlocks:
    """Return the need for so many blocks thick enough to compare."""
    per_block, merged = canary_requests_per_block(design), blocks_merged(design)
    planned = _blocks_in(design, window_s) // merged
    return MergedBlocks(needed, planned, per_block, _length_s(design, needed * merged, window_s), window_s)


def _requests(
    design: StageDesign, needed: float, window_s: float | None, *, relative: bool
) -> Requests | Unprovable:
    if math.isinf(needed):
        return Unprovable(relative=relative)
    per_block = canary_requests_per_block(design)
    planned = math.floor(per_block * _blocks_in(design, window_s) + ROUNDING)
    needed_s = _length_s(design, math.ceil(needed / per_block) if per_block else math.inf, window_s)
    return Requests(int(needed), planned, needed_s, window_s)


def disturbance_too_long(design: StageDesign, criterion: AnyCriterion) -> DisturbanceTooLong | None:
    """Say that no failure of requests can outlast a disturbance: `lasts` leaves out all blocks but one."""
    if (
        not isinstance(criterion, Criterion)
        or not criterion.measure.is_of_requests
        or not design.stage.weight
    ):
        return None
    if criterion.for_s is not None:
        return None  # its disturbance is a part of its window
    merged = blocks_merged(design) if criterion.is_relative else 1
    length_s, planned = merged * design.clock.block_s, design.clock.planned_blocks // merged
    if planned < MIN_BLOCKS or math.ceil(design.disturbance_s / length_s - ROUNDING) < planned - 1:
        return None
    return DisturbanceTooLong(design.disturbance_s, planned * length_s)


def not_probed(measure: Measure) -> NotProbed:
    """Return the settings that would probe a measure of the system."""
    query = f"probes.prometheus.queries.{measure.name}"
    return NotProbed((query,) if measure.kind is MeasureKind.QUERY else ("probes.metrics", query))
