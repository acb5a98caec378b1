"""The plan's limits as lines in the plots, in the plots' units: ms, percent, GB."""

from collections.abc import Iterable
from math import log10

from harness.plan.criteria.change import Ratio
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import AnyCriterion, Criterion, Named, NamedCriterion
from harness.plan.criteria.measure import MeasureKind
from harness.plan.model import Plan, Stage
from harness.report.data.series import percentile_name
from harness.report.plots.axes import LimitLine
from harness.report.plots.latency import Corner


def _absolute(criteria: Iterable[AnyCriterion], kind: MeasureKind) -> list[tuple[Criterion, float]]:
    return [
        (criterion, criterion.limit.value)
        for criterion in criteria
        if isinstance(criterion, Criterion)
        and criterion.measure.kind is kind
        and isinstance(criterion.limit, Absolute)
    ]


def latency_limits(plan: Plan, stage: Stage) -> list[LimitLine]:
    """Return the limits on percentiles of the response time, then the rollback triggers on them, in ms."""
    promised = _absolute(stage.criteria, MeasureKind.QUANTILE)
    triggers = _absolute((*stage.rollback, *plan.rollback), MeasureKind.QUANTILE)
    return [
        *(
            LimitLine(value * 1000, criterion.text)
            for criterion, value in promised
            if criterion.measure.clock == "response"
        ),
        *(LimitLine(value * 1000, f"rollback: {criterion.text}") for criterion, value in triggers),
    ]


def p95_limit_ms(stage: Stage) -> float | None:
    """Return the tightest limit on the p95 response time, in ms."""
    found = [
        value * 1000
        for criterion, value in _absolute(stage.criteria, MeasureKind.QUANTILE)
        if criterion.measure.quantile == 0.95
        and criterion.measure.clock == "response"
        and criterion.op.bounds_above
    ]
    return min(found, default=None)


def corners(stage: Stage) -> list[Corner]:
    """Return each percentile's limit as a point of the spectrum."""
    return [
        Corner(-log10(1 - criterion.measure.quantile), value * 1000, criterion.text)
        for criterion, value in _absolute(stage.criteria, MeasureKind.QUANTILE)
        if criterion.measure.quantile is not None and criterion.measure.clock == "response"
    ]


def error_limits(plan: Plan, stage: Stage) -> list[LimitLine]:
    """Return the limits on the error rate in percent, then the rollback triggers on it."""
    triggers = (*stage.rollback, *plan.rollback)
    return [
        *(
            LimitLine(value * 100, criterion.text)
            for criterion, value in _absolute(stage.criteria, MeasureKind.ERROR_RATE)
        ),
        *(
            LimitLine(value * 100, f"rollback: {c.text}")
            for c, value in _absolute(triggers, MeasureKind.ERROR_RATE)
        ),
    ]


def tolerances(plan: Plan, stage: Stage) -> list[tuple[str, float]]:
    """Return how much slower than the baseline a percentile may be, in percent, by the percentile's name."""
    found: dict[str, float] = {}
    for criterion in stage.criteria:
        match criterion:
            case Criterion(measure=measure, limit=Ratio(ratio)) if measure.quantile is not None:
                found[percentile_name(measure.quantile)] = ratio * 100
            case NamedCriterion(name=Named.NO_PERFORMANCE_DEGRADATION):
                for name in ("p50", "p95", "p99"):
                    found.setdefault(name, plan.judge.tolerance * 100)
    return list(found.items())


def level_limits(plan: Plan, measure: str, scale: float) -> list[LimitLine]:
    """Return the warning and critical level of a system measure, divided by `scale`."""
    levels = plan.levels.get(measure)
    if levels is None:
        return []
    named = (("warning", levels.warning), ("critical", levels.critical))
    return [
        LimitLine(level.limit.value / scale, f"{name} {level.text}")
        for name, level in named
        if level is not None and isinstance(level.limit, Absolute)
    ]


def error_budgets(stage: Stage) -> list[tuple[str, float]]:
    """Return each upper limit on the error rate as (its text, allowed share)."""
    found = _absolute(stage.criteria, MeasureKind.ERROR_RATE)
    return [(criterion.text, value) for criterion, value in found if criterion.op.bounds_above]
