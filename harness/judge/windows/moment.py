"""One interval of a stage as triggers use it: observed values without bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from harness.judge.windows.block import ByKind, ByVariant, is_of_every_response, quantile_us
from harness.judge.windows.design import StageDesign
from harness.judge.windows.lateness import blurs, is_late
from harness.plan.criteria.measure import Clock, Measure, MeasureKind
from harness.plan.variant import Variant
from harness.record.evidence import Interval
from harness.record.histograms.clocks import CLOCKS
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT, UNATTRIBUTED, Kind

Values = Mapping[Measure, float | None]
"""In base units; None without a request, or by a clock that was not read for every response."""

_NOBODYS: Final = (UNATTRIBUTED, Kind.RESPONSE)


@dataclass(frozen=True)
class Moment:
    """An interval, its place in the stage and its time in it."""

    number: int
    start_s: float
    end_s: float
    answered: Mapping[Variant, int]
    """Good answers of each variant."""
    unattributed: int
    """Good answers of which nobody can tell whose they are."""
    canary: Values
    """The measures of triggers: the canary's, and throughput of all variants."""
    baseline: Values
    """The same of what the canary is compared with."""
    is_late: bool = False
    """Whether the generator was late, so that what counts from the due time is its own doing."""
    sent: int = 0
    """Arrivals sent to any variant."""


def moment_of(design: StageDesign, interval: Interval, variants: ByVariant) -> Moment:
    """Sum one interval up.

    Where the generator was late, response times are replaced by service times, which it did not delay.
    """
    number, interval_s = design.clock.number_of(interval), design.stage.interval_s
    hub, sent = (interval.histograms.get(tag) for tag in (LATENESS_HUB, LATENESS_SENT))
    late = design.source.sends and is_late(hub, design.plan.generator)
    read = {measure: _undelayed(measure) if late else measure for measure in design.alarming}
    return Moment(
        number,
        number * interval_s,
        (number + 1) * interval_s,
        {variant: held[Kind.RESPONSE].total for variant, held in variants.items()},
        sum(histogram.total for tag, histogram in interval.histograms.items() if tag[:2] == _NOBODYS),
        {measure: observed(each, variants, interval_s) for measure, each in read.items()},
        {measure: value_of(variants[design.reference], each) for measure, each in read.items()},
        late,
        sent.total if sent else 0,
    )


def _undelayed(measure: Measure) -> Measure:
    return replace(measure, clock=Clock.SERVICE) if measure.is_latency and blurs(measure) else measure


def observed(measure: Measure, variants: ByVariant, length_s: float) -> float | None:
    """Return the canary's value in base units (all variants' for throughput); None without a request."""
    if measure.kind is MeasureKind.THROUGHPUT:
        return sum(held[Kind.RESPONSE].total for held in variants.values()) / length_s
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
