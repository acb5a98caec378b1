"""A criterion about requests, together with the evidence it is about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from harness.judge.blocks import StageBlocks
from harness.judge.bounds import Risks
from harness.judge.decision import Question
from harness.judge.latency import mean_effect, quantile_effect
from harness.judge.relative import Comparison, Statistic, difference, log_ratio
from harness.judge.view import StageView
from harness.judge.words import PERCENT, unit_of
from harness.plan.change import Difference, Ratio
from harness.plan.criterion import Absolute, Criterion
from harness.plan.measure import Measure, MeasureKind
from harness.record.tag import Kind


@dataclass(frozen=True)
class Asked:
    """A criterion of all endpoints or one."""

    view: StageView
    criterion: Criterion
    endpoint: str | None = None

    @property
    def blocks(self) -> StageBlocks:
        """The requests it is about."""
        return self.view.blocks_of(self.endpoint, self.criterion.for_s)

    @property
    def fast(self) -> StageBlocks:
        """The same in short blocks."""
        return self.view.fast if self.endpoint is None else self.view.fast_of(self.endpoint)

    @property
    def measure(self) -> Measure:
        """What is measured."""
        return self.criterion.measure

    @property
    def kind(self) -> Kind:
        """The clock of a latency."""
        return Kind.SERVICE if self.measure.clock == "service" else Kind.RESPONSE

    @property
    def risks(self) -> Risks:
        """How often its bounds may be wrong."""
        return self.view.budget.risks(self.criterion.op)

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
            return mean_effect
        return partial(quantile_effect, p=quantile_of(self.measure))

    @property
    def comparison(self) -> Comparison:
        """How to compare a latency with the baseline's: in proportion or by an amount."""
        return log_ratio if isinstance(self.criterion.limit, Ratio) else difference

    @property
    def question(self) -> Question:
        """The criterion as a question."""
        relative = self.criterion.is_relative
        at = "" if self.endpoint is None else f" of {self.endpoint}"
        of_both = self.measure.kind is MeasureKind.THROUGHPUT
        who = "Throughput" if of_both else f"The canary's {self.measure.name}"
        in_percent = isinstance(self.criterion.limit, Ratio)
        prefix = "" if self.endpoint is None else f"{self.endpoint}: "
        return Question(
            criterion=prefix + self.criterion.text,
            subject=f"{who}{at}{' against the baseline' if relative else ''}",
            op=self.criterion.op,
            limit=self.limit,
            unit=PERCENT if in_percent else unit_of(self.measure, self.limit),
            sign="+" if relative else "",
        )


def quantile_of(measure: Measure) -> float:
    """Return a percentile's level; ValueError for another measure."""
    if measure.quantile is None:
        raise ValueError(f"{measure.name} is no percentile")
    return measure.quantile
