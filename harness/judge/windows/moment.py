"""One interval of a stage as triggers use it: observed values without bounds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.judge.windows.block import ByKind, ByVariant, by_variant, is_of_every_response, quantile_us
from harness.judge.windows.design import StageDesign
from harness.plan.criteria.measure import Measure, MeasureKind
from harness.plan.variant import Variant
from harness.record.evidence import Interval
from harness.record.histograms.clocks import CLOCKS
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import Kind

Values = Mapping[Measure, float | None]
"""In base units; None without a request, or by a clock that was not read for every response."""


@dataclass(frozen=True)
class Moment:
    """An interval, its place in the stage and its time in it."""

    number: int
    start_s: float
    end_s: float
    answered: Mapping[Variant, int]
    """Good answers of each variant."""
    canary: Values
    """The measures of triggers: the canary's, and throughput of both variants."""
    baseline: Values


def moments(design: StageDesign, intervals: Iterable[Interval]) -> Iterator[Moment]:
    """Yield the moments of intervals, which come in order of time, the warm-up included."""
    for interval in intervals:
        yield moment_of(design, design.clock.number_of(interval), by_variant(interval, None, design.kinds))


def moment_of(design: StageDesign, number: int, variants: ByVariant) -> Moment:
    """Sum one interval up."""
    interval_s = design.stage.interval_s
    return Moment(
        number,
        number * interval_s,
        (number + 1) * interval_s,
        {variant: held[Kind.RESPONSE].total for variant, held in variants.items()},
        {measure: observed(measure, variants, interval_s) for measure in design.alarming},
        {measure: value_of(variants[Variant.BASELINE], measure) for measure in design.alarming},
    )


def observed(measure: Measure, variants: ByVariant, length_s: float) -> float | None:
    """Return the canary's value in base units (both variants' for throughput); None without a request."""
    if measure.kind is MeasureKind.THROUGHPUT:
        return sum(variants[variant][Kind.RESPONSE].total for variant in Variant) / length_s
    return value_of(variants[Variant.CANARY], measure)


def value_of(variant: ByKind, measure: Measure) -> float | None:
    """Return a variant's value in base units; None without a request, or by a clock that some lack."""
    kind = CLOCKS[measure.clock].kind
    times, failed = variant[kind], variant[Kind.FAILED]
    n = times.total + failed.total
    if not n or not is_of_every_response(variant, kind):
        return None
    match measure.kind:
        case MeasureKind.ERROR_RATE:
            return failed.total / n
        case MeasureKind.MEAN:
            return times.mean_us / 1e6 if times.total else math.inf
        case MeasureKind.MAX:
            return Histogram.merge((times, failed)).max_us / 1e6
        case MeasureKind.QUANTILE:
            return quantile_us(variant, kind, measure.quantile or 0.0) / 1e6
        case MeasureKind.THROUGHPUT | MeasureKind.CPU | MeasureKind.MEMORY | MeasureKind.QUERY:
            return None
