"""Curves over the time of a stage, and of its percentiles."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, inf, isfinite, log10, nan

import numpy as np

from harness.record.histograms.grid import BUCKET_HIGHEST_US
from harness.record.histograms.histogram import Histogram
from harness.report.data.window import Window

MAX_POINTS = 180
_TAIL_POINTS = 120


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


def percentile_curve(run: Sequence[Window], variant: str, q: float, *, banded: bool = False) -> Curve:
    """Draw a percentile of the response time in ms over time; `banded` by the extremes of the p95."""
    y = [window.percentile_ms(variant, q) for window in run]
    curve = Curve(percentile_name(q), variant, [window.middle_s for window in run], y)
    if not banded or all(window.intervals == 1 for window in run):
        return curve
    extremes = [window.extremes_ms.get(variant, (nan, nan)) for window in run]
    return replace(curve, low=[low for low, _ in extremes], high=[high for _, high in extremes])


def curve_of(run: Iterable[Window], name: str, variant: str, value: Callable[[Window], float]) -> Curve:
    """Draw any number that can be taken of a window."""
    points = [(window.middle_s, value(window)) for window in run]
    return Curve(name, variant, [x for x, _ in points], [y for _, y in points])


def spectrum(histogram: Histogram, name: str, variant: str) -> Curve:
    """Draw every percentile at once: x counts nines, -log10(1 - q), y is ms."""
    if not histogram.total:
        return Curve(name, variant, (), ())
    indices, counts = histogram.sparse()
    reached = np.cumsum(counts) / histogram.total
    values_ms = BUCKET_HIGHEST_US[indices] / 1000
    deepest = log10(histogram.total) + 0.3
    nines = -np.log10(np.maximum(1 - reached, 10**-deepest))
    edges = np.linspace(0, deepest, _TAIL_POINTS)
    keep = np.unique(np.append(np.searchsorted(nines, edges[edges <= nines[-1]]), len(nines) - 1))
    x = [0.0, *nines[keep].tolist()]
    return Curve(name, variant, x, [float(values_ms[0]), *values_ms[keep].tolist()])


def percentile_name(q: float) -> str:
    """Return `p95` for 0.95, `p99.9` for 0.999."""
    return f"p{q * 100:.6g}"


def thinned(curve: Curve, at_most: int = MAX_POINTS) -> Curve:
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
