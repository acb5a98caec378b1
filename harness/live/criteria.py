"""How each criterion of a stage stands right now, and how much longer it needs; the verdict is the judge's.

What is shown is the plain observed value, without the bounds the judge puts around it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.judge.criteria.floors import MIN_BLOCKS, fewest_requests
from harness.live.figures import StageFigures
from harness.plan.criteria.compare import Absolute, limit_beside
from harness.plan.criteria.criterion import AnyCriterion, Criterion, NamedCriterion
from harness.plan.criteria.measure import Measure, MeasureKind
from harness.plan.model import Plan
from harness.plan.outlook import MIN_REQUESTS
from harness.plan.variant import Variant


@dataclass(frozen=True)
class CriterionStatus:
    """A criterion with its numbers in base units; ``holds`` is None where nothing can be said yet.

    ``needs_s`` is how much longer it takes until it can pass at the soonest; infinite when it cannot.
    """

    criterion: str
    measure: Measure | None
    observed: float | None
    limit: float | None
    holds: bool | None
    needs_s: float


class CriteriaStatus:
    """The criteria of a plan's stages."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._needed_s: dict[str, list[float]] = {}
        """From which measured time on the criteria of a stage can pass at all, in the order of the plan."""

    def of(self, figures: StageFigures) -> list[CriterionStatus]:
        """Return the criteria of a stage as they stand."""
        stage = figures.stage
        if stage.name not in self._needed_s:
            self._needed_s[stage.name] = [self._needed(figures, criterion) for criterion in stage.criteria]
        needed = zip(stage.criteria, self._needed_s[stage.name], strict=True)
        return [
            _criterion(figures, criterion, max(needed_s - figures.measured_s, 0.0))
            for criterion, needed_s in needed
        ]

    def _needed(self, figures: StageFigures, criterion: AnyCriterion) -> float:
        """Return the measured time from which the criterion can pass at all; infinite if it cannot."""
        outlook = self._plan.outlook_of(figures.stage)
        if criterion.is_relative:
            if outlook.stage.is_alone or not outlook.canary_per_block:
                return math.inf
            together = math.ceil(MIN_REQUESTS / outlook.canary_per_block)
            return self._plan.judge.min_blocks * together * figures.clock.block_s
        match criterion:
            case Criterion(measure=measure, limit=Absolute(limit)) if measure.is_of_requests:
                per_s = float(figures.stage.weight) * outlook.rate_per_s
                requests_s = fewest_requests(measure, limit) / per_s if per_s else math.inf
                return max(MIN_BLOCKS * figures.clock.block_s, requests_s)
            case _:
                return figures.stage.duration_s - figures.clock.warmup_intervals * figures.clock.interval_s


def _criterion(figures: StageFigures, criterion: AnyCriterion, needs_s: float) -> CriterionStatus:
    if isinstance(criterion, NamedCriterion):
        return CriterionStatus(criterion.text, None, None, None, None, needs_s)
    observed = _observed(figures, criterion.measure, Variant.CANARY)
    baseline = _observed(figures, criterion.measure, Variant.BASELINE)
    limit = limit_beside(criterion.limit, baseline)
    holds = None if observed is None or limit is None else criterion.holds(observed, baseline)
    return CriterionStatus(criterion.text, criterion.measure, observed, limit, holds, needs_s)


def _observed(figures: StageFigures, measure: Measure, variant: Variant) -> float | None:
    measured = figures.measured[variant]
    match measure.kind:
        case MeasureKind.ERROR_RATE:
            return measured.error_rate
        case MeasureKind.THROUGHPUT:
            completed = sum(each.response.total for each in figures.measured.values())
            return completed / figures.measured_s if figures.measured_s else None
        case MeasureKind.QUANTILE if measure.quantile is not None:
            return _seconds(measured.quantile_us(measure.quantile, measure.clock))
        case MeasureKind.MEAN:
            return _seconds(measured.mean_us(measure.clock))
        case MeasureKind.MAX:
            return _seconds(measured.max_us(measure.clock))
        case _:
            return None


def _seconds(value_us: float | None) -> float | None:
    return None if value_us is None else value_us / 1e6
