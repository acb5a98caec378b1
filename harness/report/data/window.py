"""Neighbouring intervals taken together, so that a curve over time is bounded in length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan

from harness.judge.windows.block import ByVariant
from harness.plan.variant import Variant
from harness.record.evidence import Interval
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.observed import percentile_us
from harness.record.histograms.tag import EVERY_REQUEST, GENERATOR, LATENESS_HUB, LATENESS_SENT, Kind

STRONG = 0.95
"""The percentile of which the extremes are kept when intervals are taken together."""
NOTHING = Histogram.empty()

BySeries = Mapping[tuple[str, str], Histogram]


@dataclass(frozen=True)
class Window:
    """Some intervals in a row, endpoints merged; what the generator reports about itself goes by endpoint.

    `extremes_ms` are the lowest and the highest p95 of the intervals, by variant, where they are known.
    """

    start_s: float
    length_s: float
    intervals: int
    merged: BySeries
    extremes_ms: Mapping[str, tuple[float, float]]

    @classmethod
    def of(cls, interval: Interval, variants: ByVariant) -> Window:
        """Make one of an interval whose endpoints are merged already."""
        merged: dict[tuple[str, str], Histogram] = {
            (variant, kind): histogram
            for variant, kinds in variants.items()
            for kind, histogram in kinds.items()
        }
        for tag in (LATENESS_SENT, LATENESS_HUB):
            merged[GENERATOR, tag.endpoint] = interval.histograms.get(tag, NOTHING)
        p95_ms = {variant: percentile_ms(merged, variant, STRONG) for variant in Variant}
        known = {str(variant): (value, value) for variant, value in p95_ms.items() if not isnan(value)}
        return cls(interval.start_s, interval.length_s, 1, merged, known)

    @classmethod
    def merge(cls, windows: Sequence[Window]) -> Window:
        """Make one of some that follow each other; its percentiles are exact."""
        if len(windows) == 1:
            return windows[0]
        first, last = windows[0], windows[-1]
        extremes = {
            variant: (min(low for low, _ in known), max(high for _, high in known))
            for variant in Variant
            if (known := [each.extremes_ms[variant] for each in windows if variant in each.extremes_ms])
        }
        return cls(
            first.start_s,
            last.start_s + last.length_s - first.start_s,
            sum(each.intervals for each in windows),
            {key: Histogram.merge(each.merged[key] for each in windows) for key in first.merged},
            {str(variant): both for variant, both in extremes.items()},
        )

    @property
    def middle_s(self) -> float:
        """Where a point of this window is drawn."""
        return self.start_s + self.length_s / 2

    def histogram(self, variant: str, kind: str) -> Histogram:
        """Everything of one variant and kind in this window."""
        return self.merged.get((variant, kind), NOTHING)

    def requests(self, variant: str) -> int:
        """Finished requests of a variant, successful or not."""
        return sum(self.histogram(variant, kind).total for kind in EVERY_REQUEST)

    def percentile_ms(self, variant: str, q: float) -> float:
        """Return a percentile as the judge takes it; NaN where nothing was answered."""
        return percentile_ms(self.merged, variant, q)


def percentile_ms(merged: BySeries, variant: str, q: float) -> float:
    """Return a percentile as the judge takes it; NaN where nothing was answered."""
    successful, failed = (merged.get((variant, kind), NOTHING) for kind in (Kind.RESPONSE, Kind.FAILED))
    value_us = percentile_us(successful, failed, q)
    return nan if value_us is None else value_us / 1000


def quantile_ms(histogram: Histogram, q: float) -> float:
    """Return a percentile in ms, NaN where there is nothing to take it of."""
    return histogram.quantile_us(q) / 1000 if histogram.total else nan
