"""Response times: percentiles over time, every percentile at once, and the canary's difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite, log10
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from harness.record.histograms.tag import Kind
from harness.report.data.series import Curve
from harness.report.plots.axes import (
    EventMark,
    LimitLine,
    draw_limits,
    draw_moments,
    line_style,
    log_axis,
    name_ends,
    time_axis,
    top_of,
    value_axis,
)
from harness.report.plots.canvas import HEIGHT, WIDTH, draw
from harness.report.style import light

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MAX_NINES = 5  # named on the axis of percentiles; more would run into each other
_SQUASHED = 25  # beyond this ratio of highest to lowest a linear axis would hide the lower curves


def over_time(
    curves: Sequence[Curve],
    limits: Sequence[LimitLine],
    moments: Sequence[EventMark],
    span_s: float,
    *,
    name: str,
    width: int = WIDTH,
    warmup_s: float = 0.0,
) -> Markup:
    """Draw percentiles in ms over time, the p95 strongest, with the warm-up, limits and marked moments."""
    shown = [curve for curve in curves if curve.has_points]

    def paint(axes: "Axes") -> None:
        time_axis(axes, span_s)
        _scale(axes, shown, limits)
        axes.set_ylabel("ms")
        if warmup_s > 0:
            axes.axvspan(0, min(warmup_s, span_s), facecolor=light("shade"), edgecolor="none", zorder=0)
        draw_moments(axes, moments)
        for curve in shown:
            _line(axes, curve)
        draw_limits(axes, limits)
        name_ends(axes, shown, [curve.name for curve in shown])

    return draw(paint, name=name, title="Response-time percentiles over time", width=width, height=HEIGHT)


def _scale(axes: "Axes", curves: Sequence[Curve], limits: Sequence[LimitLine]) -> None:
    values = [y for curve in curves for y in curve.y if isfinite(y) and y > 0]
    top = top_of(curves, limits)
    if values and max(values) > _SQUASHED * min(values):
        log_axis(axes, min(values) * 0.8, top)
    else:
        value_axis(axes, top)


def _line(axes: "Axes", curve: Curve) -> None:
    single = sum(map(isfinite, curve.y)) == 1
    if len(curve.low):
        axes.fill_between(curve.x, curve.low, curve.high, color=light(curve.variant), alpha=0.16, linewidth=0)
    axes.plot(
        curve.x, curve.y, **line_style(curve.variant), linewidth=2.2 if curve.name == "p95" else 1,
        marker="o" if single else "", markersize=4,
    )  # fmt: skip


@dataclass(frozen=True)
class Corner:
    """A percentile's limit in the spectrum: the curve has to pass below and to the right of it."""

    nines: float
    value: float
    name: str


def spectrum(curves: Sequence[Curve], corners: Sequence[Corner], *, name: str, title: str) -> Markup:
    """Draw percentile spectra: x by nines, y in ms by factors; response times are drawn strong."""
    shown = [curve for curve in curves if curve.has_points]

    def paint(axes: "Axes") -> None:
        deepest = max((curve.x[-1] for curve in shown), default=3.0)
        values = [y for curve in shown for y in curve.y if y > 0] or [1.0]
        near = [corner for corner in corners if corner.value <= max(values) * 2.5]
        log_axis(axes, min(values) * 0.85, max([*values, *(corner.value for corner in near)]) * 1.25)
        nines_axis(axes, max(deepest, 2.0))
        axes.set_ylabel("ms")
        for curve in shown:
            width = 2 if curve.name == Kind.RESPONSE else 0.9
            alpha = 0.55 if curve.name == Kind.TTFB else 1.0
            axes.plot(curve.x, curve.y, **line_style(curve.variant), linewidth=width, alpha=alpha)
        for corner in near:
            _corner(axes, corner)

    return draw(paint, name=name, title=title)


def nines_axis(axes: "Axes", deepest: float) -> None:
    """Scale x to nines, named as percentiles, with as many names as there is room for."""
    step = ceil(deepest / _MAX_NINES)
    named = {0.0: "0"} | {float(nines): _percentile(nines) for nines in range(step, int(deepest) + 1, step)}
    if step == 1:
        named[log10(2)] = "p50"
    axes.set_xlim(0, deepest)
    axes.set_xticks(list(named), list(named.values()))
    axes.set_xlabel("percentile, one nine per step")
    axes.grid(visible=True, axis="x")


def _percentile(nines: int) -> str:
    return {1: "p90", 2: "p99"}.get(nines, f"p99.{'9' * (nines - 2)}")


def _corner(axes: "Axes", corner: Corner) -> None:
    axes.plot([0, corner.nines], [corner.value] * 2, color=light("limit"), linewidth=1.2)
    axes.plot([corner.nines], [corner.value], color=light("limit"), marker="v", markersize=7)
    axes.annotate(
        corner.name, (0, corner.value), (4, 4), textcoords="offset points", color=light("limit"), fontsize=10
    )


@dataclass(frozen=True)
class LatencyDifference:
    """How much slower the canary is at one percentile, in percent, with the bounds the judge would use."""

    name: str
    percent: float
    lower: float
    upper: float


def difference(
    rows: Sequence[LatencyDifference], limits: Sequence[tuple[str, float]], *, name: str
) -> Markup:
    """Draw canary − baseline per percentile with its interval; `limits` are tolerances by percentile name."""

    def paint(axes: "Axes") -> None:
        x = range(len(rows))
        allowed = dict(limits)
        for at, row in zip(x, rows, strict=True):
            axes.plot([at, at], [row.lower, row.upper], color=light("canary"), linewidth=2)
            axes.plot([at], [row.percent], color=light("canary"), marker="o", markersize=6)
            if row.name in allowed:
                axes.plot([at - 0.4, at + 0.4], [allowed[row.name]] * 2, color=light("limit"), linewidth=1.6)
                if list(allowed).index(row.name) == 0 or len(set(allowed.values())) > 1:
                    _above(axes, at, allowed[row.name])
        values = [value for row in rows for value in (row.lower, row.upper)] + list(allowed.values()) + [0.0]
        room = max(max(values) - min(values), 1.0) * 0.15
        value_axis(axes, max(values) + room, min(values) - room)
        axes.axhline(0, color=light("muted"), linewidth=1)
        axes.set_xlim(-0.6, len(rows) - 0.4)
        axes.set_xticks(list(x), [row.name for row in rows])
        axes.set_ylabel("% slower than baseline")

    return draw(paint, name=name, title="How much slower the canary is, by percentile")


def _above(axes: "Axes", at: int, percent: float) -> None:
    style: Any = {"textcoords": "offset points", "ha": "center", "color": light("limit"), "fontsize": 10}
    axes.annotate(f"limit +{percent:g}%", (at, percent), (0, 4), **style)
