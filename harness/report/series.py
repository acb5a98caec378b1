"""Recorded intervals as curves: bounded in length, however long the run was."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, inf, isfinite, log10, nan

import numpy as np

from harness.record.evidence import Interval
from harness.record.grid import BUCKET_HIGHEST_US
from harness.record.histogram import Histogram, index_of
from harness.record.tag import GENERATOR, Kind, Tag

MOST_POINTS = 180
_TAIL_POINTS = 120
_NOTHING = Histogram.empty()


@dataclass(frozen=True)
class Curve:
    """Points to draw as one line; a y of NaN leaves a gap. `low` and `high`, if given, are a band."""

    name: str
    variant: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()

    @property
    def has_points(self) -> bool:
        """Whether anything can be drawn."""
        return any(isfinite(value) for value in self.y)


_ByKind = Mapping[tuple[str, str], Histogram]


@dataclass(frozen=True)
class Window:
    """Neighbouring intervals taken together, endpoints merged; `parts` are the intervals themselves."""

    start_s: float
    length_s: float
    merged: _ByKind
    parts: Sequence[_ByKind]

    @property
    def middle_s(self) -> float:
        """Where a point of this window is drawn."""
        return self.start_s + self.length_s / 2

    def histogram(self, variant: str, kind: str) -> Histogram:
        """Everything of one variant and kind in this window."""
        return self.merged.get((variant, kind), _NOTHING)

    def requests(self, variant: str) -> int:
        """Finished requests of a variant, successful or not."""
        return sum(self.histogram(variant, kind).total for kind in (Kind.RESPONSE, Kind.FAILED))


def windows(intervals: Sequence[Interval], at_most: int = MOST_POINTS) -> tuple[Window, ...]:
    """Merge neighbours until at most `at_most` windows are left; the percentiles of those are exact.

    The intervals are those that `without_endpoints` returns.
    """
    step = ceil(len(intervals) / at_most) or 1
    return tuple(_window(intervals[at : at + step]) for at in range(0, len(intervals), step))


def _window(group: Sequence[Interval]) -> Window:
    parts = [{(tag.variant, tag.kind): part for tag, part in one.histograms.items()} for one in group]
    start_s, end_s = group[0].start_s, group[-1].start_s + group[-1].length_s
    keys = dict.fromkeys(key for part in parts for key in part)
    merged = {key: Histogram.merge(part[key] for part in parts if key in part) for key in keys}
    return Window(start_s, end_s - start_s, merged, parts)


def without_endpoints(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """Merge the endpoints of each interval; service times, which no curve over time shows, are left out."""
    return tuple(replace(one, histograms=_merged(one.histograms)) for one in intervals)


def _merged(histograms: Mapping[Tag, Histogram]) -> dict[Tag, Histogram]:
    groups: dict[Tag, list[Histogram]] = defaultdict(list)
    for tag, histogram in histograms.items():
        if tag.kind != Kind.SERVICE:
            # What the generator reports about itself is told apart by "endpoint", and must not be added up.
            kind = tag.endpoint if tag.variant == GENERATOR else tag.kind
            groups[Tag(tag.variant, kind, "")].append(histogram)
    return {tag: Histogram.merge(parts) for tag, parts in groups.items()}


def quantile_ms(histogram: Histogram, q: float) -> float:
    """Return a percentile in ms, NaN where there is nothing to take it of."""
    return histogram.quantile_us(q) / 1000 if histogram.total else nan


def percentile_curve(run: Sequence[Window], variant: str, q: float, *, banded: bool = False) -> Curve:
    """Draw a percentile of the response time in ms over time; `banded` by the extremes of its parts."""
    y = [_percentile_ms(window.merged, variant, q) for window in run]
    curve = Curve(percentile_name(q), variant, [window.middle_s for window in run], y)
    if not banded or all(len(window.parts) == 1 for window in run):
        return curve
    each = [[_percentile_ms(part, variant, q) for part in window.parts] for window in run]
    known = [[value for value in values if isfinite(value)] for values in each]
    low, high = ([take(values, default=nan) for values in known] for take in (min, max))
    return replace(curve, low=low, high=high)


def _percentile_ms(by_kind: _ByKind, variant: str, q: float) -> float:
    successful, failed = (by_kind.get((variant, kind), _NOTHING) for kind in (Kind.RESPONSE, Kind.FAILED))
    return _judged_ms(successful, failed, q)


def _judged_ms(successful: Histogram, failed: Histogram, q: float) -> float:
    """Return a percentile as the judge takes it: failures count where they are slower than it."""
    if not successful.total:
        return nan
    if not failed.total:
        return quantile_ms(successful, q)
    slow = failed.indices > index_of(np.array([successful.quantile_us(q)]))[0]
    slower = Histogram(failed.indices[slow], failed.counts[slow])
    return quantile_ms(Histogram.merge((successful, slower)), q)


def curve_of(run: Iterable[Window], name: str, variant: str, value: Callable[[Window], float]) -> Curve:
    """Draw any number that can be taken of a window."""
    points = [(window.middle_s, value(window)) for window in run]
    return Curve(name, variant, [x for x, _ in points], [y for _, y in points])


def spectrum(histogram: Histogram, name: str, variant: str) -> Curve:
    """Draw every percentile at once: x counts nines, -log10(1 - q), y is ms."""
    if not histogram.total:
        return Curve(name, variant, (), ())
    reached = np.cumsum(histogram.counts) / histogram.total
    values_ms = BUCKET_HIGHEST_US[histogram.indices] / 1000
    deepest = log10(histogram.total) + 0.3
    nines = -np.log10(np.maximum(1 - reached, 10**-deepest))
    edges = np.linspace(0, deepest, _TAIL_POINTS)
    keep = np.unique(np.append(np.searchsorted(nines, edges[edges <= nines[-1]]), len(nines) - 1))
    x = [0.0, *nines[keep].tolist()]
    return Curve(name, variant, x, [float(values_ms[0]), *values_ms[keep].tolist()])


def percentile_name(q: float) -> str:
    """Return `p95` for 0.95, `p99.9` for 0.999."""
    return f"p{q * 100:.6g}"


def thinned(curve: Curve, at_most: int = MOST_POINTS) -> Curve:
    """Keep the highest point of each run of neighbours, so that a peak is never lost."""
    step = ceil(len(curve.x) / at_most) or 1
    kept = [
        max(
            range(at, min(at + step, len(curve.x))),
            key=lambda i: curve.y[i] if isfinite(curve.y[i]) else -inf,
        )
        for at in range(0, len(curve.x), step)
    ]
    return Curve(curve.name, curve.variant, [curve.x[i] for i in kept], [curve.y[i] for i in kept])
