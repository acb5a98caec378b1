"""A criterion bound to all endpoints or one: what it measures, and what it is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.judge.comparisons.calm import calm
from harness.judge.comparisons.comparison import Comparison
from harness.judge.comparisons.error_rate import ErrorRateAgainstLimit, error_difference
from harness.judge.comparisons.mean import BlockMean, MeanAgainstBaseline, MeanAgainstLimit, means_of
from harness.judge.comparisons.quantile import QuantileAgainstBaseline, QuantileAgainstLimit
from harness.judge.comparisons.strata import mean_strata, quantile_strata
from harness.judge.decision import Requirement
from harness.judge.finding import Subject
from harness.judge.stats.latency import Latencies, Pair, Sample, mean_sample, quantile_sample
from harness.judge.stats.limit_test import LimitTest
from harness.judge.stats.noise import Floats
from harness.judge.stats.shares import Share
from harness.judge.words import PERCENT, Unit, unit_of, unit_of_difference
from harness.plan.criteria.change import Difference, Ratio
from harness.plan.criteria.compare import Absolute, Op
from harness.plan.criteria.criterion import Criterion
from harness.plan.criteria.measure import Measure, MeasureKind
from harness.plan.variant import Variant
from harness.record.histograms.clocks import CLOCKS
from harness.record.histograms.tag import Kind


@dataclass(frozen=True)
class BoundCriterion:
    """A criterion of all endpoints or one."""

    criterion: Criterion
    endpoint: str | None = None
    reference: Variant = Variant.BASELINE
    """What the canary is compared with."""

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
    def in_proportion(self) -> bool:
        """Whether its limit is a change in proportion to the baseline."""
        return isinstance(self.criterion.limit, Ratio)

    @property
    def quantile(self) -> float:
        """The level of its percentile; ValueError for another measure."""
        return quantile_of(self.measure)

    def against_limit(self, variant: Latencies, *, of_stage: bool = False) -> Comparison | None:
        """Compare one variant with the limit; None without a response that it could be about."""
        if self.is_of_errors:
            failed, requests = (each.astype(np.float64) for each in (variant.failed.totals, variant.requests))
            return self.error_rate(failed, requests, of_stage=of_stage)
        sample = self._sample(variant)
        if sample is None:
            return None
        if self.measure.kind is MeasureKind.MEAN:
            return MeanAgainstLimit(BlockMean.of(sample), self.limit)
        return QuantileAgainstLimit(sample, self.quantile, self.limit, self.criterion.op, of_stage)

    def error_rate(
        self, failed: Floats, requests: Floats, *, of_stage: bool = False
    ) -> ErrorRateAgainstLimit | None:
        """Compare an error rate with the limit, by the requests of each block, (K,); None without one."""
        share = Share(failed, requests)
        return ErrorRateAgainstLimit(share, self.limit, of_stage) if share.n else None

    def change(self, pairs: Sequence[Pair], first: int = 0) -> Comparison | None:
        """Compare a latency with the baseline's at the common mix of endpoints, one pair for each.

        Judged are the blocks from `first` on, without those in which the baseline was disturbed; those before
        tell of the noise alone. None where they have no
        successful response of both.
        """
        of_mean = self.measure.kind is MeasureKind.MEAN
        if first:
            pairs, first = calm(pairs, first)
        strata = mean_strata(pairs, first) if of_mean else quantile_strata(pairs, self.quantile, first)
        if strata is None:
            return None
        if of_mean:
            return MeanAgainstBaseline(*means_of(strata), self.limit, self.in_proportion)
        op = self.criterion.op
        return QuantileAgainstBaseline(strata, self.quantile, self.limit, self.in_proportion, op)

    def excess(self, pairs: Sequence[Pair]) -> LimitTest | None:
        """Return the test whether the canary is worse than the baseline at all, at the common mix.

        None where nothing can be compared.
        """
        if self.is_of_errors:
            return error_difference(pairs)
        same = replace(self.criterion, op=Op.LE, limit=Ratio(0.0))
        compared = replace(self, criterion=same).change(pairs)
        return compared.test if compared else None

    def _sample(self, latencies: Latencies) -> Sample | None:
        if self.measure.kind is MeasureKind.MEAN:
            return mean_sample(latencies)
        return quantile_sample(latencies, self.quantile)

    @property
    def requirement(self) -> Requirement:
        """The limit its number has to keep."""
        relative = self.criterion.is_relative
        at = "" if self.endpoint is None else f" of {self.endpoint}"
        return Requirement(
            subject=f"{_subject(self.criterion)}{at}{f' against the {self.reference}' if relative else ''}",
            op=self.criterion.op,
            limit=self.limit,
            unit=self._unit,
            measure=self.measure,
            relative=relative,
        )

    @property
    def _unit(self) -> Unit:
        match self.criterion.limit:
            case Ratio():
                return PERCENT
            case Difference(value):
                return unit_of_difference(self.measure, value)
            case Absolute(value):
                return unit_of(self.measure, value)


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
