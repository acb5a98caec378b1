"""Response times: percentiles over time, every percentile at once, and the canary's difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite, log10

from markupsafe import Markup

from harness.record.histograms.tag import Kind
from harness.report.data.series import Curve
from harness.report.plots.axes import (
    EventMark,
    LimitLine,
    TimeSpan,
    draw_limits,
    draw_moments,
    draw_variants,
    log_axis,
    name_ends,
    time_axis,
    top_of,
    value_axis,
)
from harness.report.plots.canvas import HEIGHT, WIDTH, draw
from harness.report.plots.panel import Panel

_MAX_NINES = 5  # named on the axis of percentiles; more would run into each other
_NEAR = 10.0  # percent: differences below that are drawn as large as this
_WIDE = 4.0  # an interval that reaches this many times as far would flatten all others
_SQUASHED = 25  # beyond this ratio of highest to lowest a linear axis would hide the lower curves


def over_time(
    curves: Sequence[Curve],
    limits: Sequence[LimitLine],
    moments: Sequence[EventMark],
    span: TimeSpan,
    *,
    name: str,
    width: int = WIDTH,
    not_judged_s: Sequence[tuple[float, float]] = (),
) -> Markup:
    """Draw percentiles in ms over time, the p95 strongest, with limits, moments and the times not judged."""
    shown = [curve for curve in curves if curve.has_points]

    def paint(panel: Panel) -> None:
        time_axis(panel, span)
        _scale(panel, shown, limits)
        for start_s, end_s in not_judged_s:
            if start_s < span.length_s:
                panel.shade(start_s, min(end_s, span.length_s))
        draw_moments(panel, moments)
        draw_variants(panel, shown, lambda curve: 2.2 if curve.name == "p95" else 1)
        draw_limits(panel, limits)
        name_ends(panel, shown, [curve.name for curve in shown])

    return draw(paint, name=name, title="Response-time percentiles over time", width=width, height=HEIGHT)


def _scale(panel: Panel, curves: Sequence[Curve], limits: Sequence[LimitLine]) -> None:
    values = [y for curve in curves for y in curve.y if isfinite(y) and y > 0]
    top = top_of(curves, limits)
    if values and max(values) > _SQUASHED * min(values):
        log_axis(panel, min(values) * 0.8, top, unit="ms")
    else:
        value_axis(panel, top, unit="ms")


@dataclass(frozen=True)
class Corner:
    """A percentile's limit in the spectrum: the curve has to pass below and to the right of it."""

    nines: float
    value: float
    name: str


def spectrum(curves: Sequence[Curve], corners: Sequence[Corner], *, name: str, title: str) -> Markup:
    """Draw percentile spectra: x by nines, y in ms by factors; response times are drawn strong."""
    shown = [curve for curve in curves if curve.has_points]

    def paint(panel: Panel) -> None:
        deepest = max((curve.x[-1] for curve in shown), default=3.0)
        values = [y for curve in shown for y in curve.y if y > 0] or [1.0]
        near = [corner for corner in corners if corner.value <= max(values) * 2.5]
        top = max([*values, *(corner.value for corner in near)]) * 1.25
        log_axis(panel, min(values) * 0.85, top, unit="ms")
        nines_axis(panel, max(deepest, 2.0))
        draw_variants(
            panel,
            shown,
            lambda curve: 2 if curve.name == Kind.RESPONSE else 0.9,
            lambda curve: 0.55 if curve.name == Kind.TTFB else 1.0,
        )
        for corner in near:
            _corner(panel, corner)

    return draw(paint, name=name, title=title)


def nines_axis(panel: Panel, deepest: float) -> None:
    """Scale x to nines, named as percentiles, with as many names as there is room for."""
    step = ceil(deepest / _MAX_NINES)
    named = {0.0: "0"} | {float(nines): _percentile(nines) for nines in range(step, int(deepest) + 1, step)}
    if step == 1:
        named[log10(2)] = "p50"
    panel.span_x(0, deepest)
    for nines, text in named.items():
        panel.x_tick(nines, text, has_line=True)
    panel.names(x="percentile, one nine per step")


def _percentile(nines: int) -> str:
    return {1: "p90", 2: "p99"}.get(nines, f"p99.{'9' * (nines - 2)}")


def _corner(panel: Panel, corner: Corner) -> None:
    panel.line([0, corner.nines], [corner.value] * 2, "limit", 1.2)
    panel.pointer(corner.nines, corner.value, "limit")
    panel.text(corner.name, panel.left + 4, panel.y.px(corner.value) - 4, "limit")


@dataclass(frozen=True)
class LatencyDifference:
    """How much slower the canary is at one percentile, in percent, with the bounds the judge would use."""

    name: str
    percent: float
    lower: float
    upper: float


def difference(
    rows: Sequence[LatencyDifference], limits: Sequence[tuple[str, float]], *, name: str, reference: str
) -> Markup:
    """Draw canary − reference per percentile with its interval; `limits` are tolerances by percentile.

    An interval much wider than the differences and tolerances reaches to the edge of the picture.
    """

    def paint(panel: Panel) -> None:
        allowed = dict(limits)
        farthest = max(abs(value) for value in (*(row.percent for row in rows), *allowed.values(), _NEAR))
        bounds = [value for row in rows for value in (row.lower, row.upper) if abs(value) <= _WIDE * farthest]
        values = [*(row.percent for row in rows), *bounds, *allowed.values(), 0.0]
        room = max(max(values) - min(values), 1.0) * 0.15
        value_axis(panel, max(values) + room, min(values) - room, unit=f"% slower than {reference}")
        panel.across(0, "muted")
        panel.span_x(-0.6, len(rows) - 0.4)
        for at, row in enumerate(rows):
            panel.x_tick(at, row.name)
            panel.line([at, at], [row.lower, row.upper], "canary", 2)
            panel.dot(at, row.percent, "canary")
            if row.name in allowed:
                panel.line([at - 0.4, at + 0.4], [allowed[row.name]] * 2, "limit", 1.6)
                if list(allowed).index(row.name) == 0 or len(set(allowed.values())) > 1:
                    _above(panel, at, allowed[row.name])

    return draw(paint, name=name, title="How much slower the canary is, by percentile")


def _above(panel: Panel, at: int, percent: float) -> None:
    x_px, y_px = panel.x.px(at), panel.y.px(percent) - 4
    panel.text(f"limit +{percent:g}%", x_px, y_px, "limit", anchor="middle")
