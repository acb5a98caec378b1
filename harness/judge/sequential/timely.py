"""Which criteria are looked at while a stage runs, and from when on."""

from __future__ import annotations

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.windows.boundary import ERRORS, LATENCIES, Schedule
from harness.judge.windows.design import StageDesign
from harness.plan.criteria.measure import MeasureKind


def is_of_stage(design: StageDesign, bound: BoundCriterion) -> bool:
    """Whether it is a promise about the figure of this very stage."""
    of_count = bound.is_of_errors or bound.measure.kind is MeasureKind.QUANTILE
    return design.plan.judge.promise == "stage" and of_count and not bound.criterion.is_relative


def looks_for(design: StageDesign, bound: BoundCriterion) -> Schedule | None:
    """Return when a criterion may fail a stage that still runs; None if only at its end.

    Criteria on the last part of a stage, on throughput and on the slowest request wait for its end.
    """
    criterion, measure = bound.criterion, bound.measure
    if criterion.for_s is not None or not criterion.op.bounds_above:
        return None
    if bound.is_of_errors:
        timely = not criterion.is_relative and 0 < bound.limit < 1
        return ERRORS if timely else None
    if not measure.is_latency or measure.kind is MeasureKind.MAX:
        return None
    timely = design.has_both if criterion.is_relative else bound.limit > 0
    return LATENCIES if timely else None
