"""A criterion bound to all endpoints or one: what it measures, and what it is held against."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from harness.judge.decision import Requirement
from harness.judge.finding import Subject
from harness.judge.stats.latency import linearized_mean, linearized_quantile
from harness.judge.stats.relative import Comparison, Statistic, difference, log_ratio
from harness.judge.words import PERCENT, unit_of
from harness.plan.criteria.change import Difference, Ratio
from harness.plan.criteria.compare import Absolute, Op
from harness.plan.criteria.criterion import Criterion
from harness.plan.criteria.measure import Measure, MeasureKind, measure_named
from harness.plan.model import Plan
from harness.record.histograms.clocks import CLOCKS
from harness.record.histograms.tag import Kind


@dataclass(frozen=True)
class BoundCriterion:
    """A criterion of all endpoints or one."""

    criterion: Criterion
    endpoint: str | None = None

    @property
    def subject(self) -> Subject:
        """What its finding is about."""
        return Subject.of_criterion(self.criterion.text, self.endpoint)

    @property
    def measure(self) -> Measure:
        """What is measured."""
        return self.criterion.measure

    @property
    def is_of_errors(self) -> bool:
        """Whether it is about failures, which are the service's own however late the generator was."""
        return self.measure.kind is MeasureKind.ERROR_RATE

    @property
    def kind(self) -> Kind:
        """The clock of a latency."""
        return CLOCKS[self.measure.clock].kind

    @property
    def limit(self) -> float:
        """The number in its limit, in base units."""
        match self.criterion.limit:
            case Absolute(value) | Ratio(value) | Difference(value):
                return value

    @property
    def statistic(self) -> Statistic:
        """How to take a latency's value and each block's influence on it."""
        if self.measure.kind is MeasureKind.MEAN:
            return linearized_mean
        return partial(linearized_quantile, p=quantile_of(self.measure))

    @property
    def comparison(self) -> Comparison:
        """How to compare a latency with the baseline's: in proportion or by an amount."""
        return log_ratio if isinstance(self.criterion.limit, Ratio) else difference

    @property
    def requirement(self) -> Requirement:
        """The limit its number has to keep."""
        relative = self.criterion.is_relative
        at = "" if self.endpoint is None else f" of {self.endpoint}"
        in_percent = isinstance(self.criterion.limit, Ratio)
        return Requirement(
            subject=f"{_subject(self.criterion)}{at}{' against the baseline' if relative else ''}",
            op=self.criterion.op,
            limit=self.limit,
            unit=PERCENT if in_percent else unit_of(self.measure, self.limit),
            measure=self.measure,
            relative=relative,
        )


def _subject(criterion: Criterion) -> str:
    name = criterion.measure.name
    match criterion.measure.kind:
        case MeasureKind.THROUGHPUT:
            return "Throughput"
        case MeasureKind.MEMORY if not criterion.is_relative:
            return "The canary's highest memory"
        case MeasureKind.CPU | MeasureKind.MEMORY:
            return f"The canary's mean {name}"
        case MeasureKind.QUERY:
            return f"The mean of {name}"
        case _:
            return f"The canary's {name}"


def quantile_of(measure: Measure) -> float:
    """Return a percentile's level; ValueError for another measure."""
    if measure.quantile is None:
        raise ValueError(f"{measure.name} isn't a percentile")
    return measure.quantile


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
