"""What the criteria and critical levels of a stage come to: numbers and their limits, each counted once."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import replace

from harness.judge.words import PERCENT
from harness.plan.criteria.change import Difference, Ratio
from harness.plan.criteria.compare import Op
from harness.plan.criteria.criterion import AnyCriterion, Criterion, Named, NamedCriterion
from harness.plan.criteria.measure import measure_named
from harness.plan.model import Plan, Stage


def not_reached(level: Criterion) -> Criterion:
    """Return the criterion that a level is not reached."""
    return replace(level, op=level.op.opposite)


def parts_of_no_degradation(plan: Plan) -> Iterator[Criterion]:
    """Return the four criteria that `no performance degradation` stands for."""
    tolerance = plan.judge.tolerance
    for name in ("p50", "p95", "p99"):
        text = f"{name} <= baseline + {PERCENT.spoken(tolerance)}"
        yield Criterion(text, measure_named(name), Op.LE, Ratio(tolerance))
    yield Criterion("error rate <= baseline", measure_named("error rate"), Op.LE, Difference(0.0))


def uncertain_comparisons(plan: Plan, stage: Stage) -> frozenset[Hashable]:
    """Return the distinct comparisons that could fail a good canary by chance.

    CPU and memory against a limit are facts about the whole stage; a change against the baseline is not.
    """
    critical = [not_reached(levels.critical) for levels in plan.levels.values() if levels.critical]
    whole = ((None, part) for one in (*stage.criteria, *critical) for part in parts_of(plan, one))
    of_endpoints = (
        (endpoint, part)
        for endpoint, criteria in stage.endpoints.items()
        for one in criteria
        for part in parts_of(plan, one)
    )
    return frozenset(
        (endpoint, one.measure, one.op, one.limit, one.for_s)
        for endpoint, one in (*whole, *of_endpoints)
        if one.measure.is_of_requests or one.is_relative
    )


def parts_of(plan: Plan, criterion: AnyCriterion) -> Iterator[Criterion]:
    """Return what a criterion compares with limits: itself, or what its name stands for."""
    match criterion:
        case NamedCriterion(name=Named.NO_PERFORMANCE_DEGRADATION):
            yield from parts_of_no_degradation(plan)
        case Criterion():
            yield criterion
