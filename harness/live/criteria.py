"""The value of each criterion of a stage right now, and when it can pass at the soonest.

The value is the plain observed one, without the bounds that the judge puts around it.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.judge.planning.feasibility import soonest_s
from harness.judge.windows.design import StageDesign
from harness.live.figures import StageFigures
from harness.plan.criteria.compare import limit_beside
from harness.plan.criteria.criterion import AnyCriterion, NamedCriterion
from harness.plan.criteria.measure import Measure, MeasureKind
from harness.plan.model import Plan
from harness.plan.variant import Variant


@dataclass(frozen=True)
class CriterionStatus:
    """A criterion with its numbers in base units; `holds` is None without a value or a limit.

    `needs_s` is how much longer it takes until it can pass at the soonest; infinite when it cannot.
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
        self._soonest_s: dict[str, list[float]] = {}
        """How far into a stage each of its criteria can pass at the soonest."""

    def of(self, figures: StageFigures) -> list[CriterionStatus]:
        """Return the criteria of a stage as they stand."""
        stage = figures.stage
        if stage.name not in self._soonest_s:
            design = StageDesign(self._plan, stage)
            self._soonest_s[stage.name] = [soonest_s(design, criterion) for criterion in stage.criteria]
        clock = figures.clock
        into_s = clock.left_out_s + figures.measured_s
        return [
            _criterion(figures, criterion, max(soonest - into_s, 0.0))
            for criterion, soonest in zip(stage.criteria, self._soonest_s[stage.name], strict=True)
        ]


def _criterion(figures: StageFigures, criterion: AnyCriterion, needs_s: float) -> CriterionStatus:
    if isinstance(criterion, NamedCriterion):
        return CriterionStatus(criterion.text, None, None, None, None, needs_s)
    observed = _observed(figures, criterion.measure, Variant.CANARY)
    baseline = _observed(figures, criterion.measure, figures.reference)
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
        case MeasureKind.QUANTILE:
            return _seconds(measured.quantile_us(measure.quantile or 0.0, measure.clock))
        case MeasureKind.MEAN:
            return _seconds(measured.mean_us(measure.clock))
        case MeasureKind.MAX:
            return _seconds(measured.max_us(measure.clock))
        case MeasureKind.CPU | MeasureKind.MEMORY | MeasureKind.QUERY:
            return None


def _seconds(value_us: float | None) -> float | None:
    return None if value_us is None else value_us / 1e6
