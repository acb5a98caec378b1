"""What the load generator did: rates and lateness, the split, its own processor; and what failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from markupsafe import Markup

from harness.report.data.series import Curve
from harness.report.plots.axes import (
    LimitLine,
    draw_limits,
    line_style,
    log_axis,
    name_ends,
    time_axis,
    top_of,
    value_axis,
)
from harness.report.plots.canvas import draw
from harness.report.style import light

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Delivery:
    """Curves over one stage: rates per second, lateness in ms, CPU in percent of a core, drops per second."""

    planned_per_s: float
    offered: Curve
    achieved: Curve
    lateness: Sequence[Curve]
    lateness_limit: LimitLine
    cpu: Curve
    cpu_limit: LimitLine


def delivery(given: Delivery, span_s: float, *, name: str) -> Markup:
    """Draw offered and achieved rate, lateness, and the generator's CPU below one another."""

    def paint(rates: "Axes", late: "Axes", cpu: "Axes") -> None:
        for axes in (rates, late, cpu):
            time_axis(axes, span_s, show=axes is cpu)
        _rates(rates, given)
        _lateness(late, given)
        _cpu(cpu, given)

    title = "Offered and achieved rate, lateness and the generator's CPU over time"
    return draw(paint, name=name, title=title, height=340, rows=(4, 3, 2))


def _rates(axes: "Axes", given: Delivery) -> None:
    curves = [curve for curve in (given.offered, given.achieved) if curve.has_points]
    values = [y for curve in curves for y in curve.y if isfinite(y)] + [given.planned_per_s]
    room = max((max(values) - min(values)) * 0.6, given.planned_per_s * 0.02)
    value_axis(axes, max(values) + room, max(min(values) - room, 0.0))
    axes.axhline(given.planned_per_s, color=light("muted"), linewidth=1, linestyle=(0, (5, 3)))
    for curve, style in zip((given.offered, given.achieved), ((0, (1, 1.6)), "solid"), strict=True):
        axes.plot(curve.x, curve.y, color=light("generator"), linewidth=1.6, linestyle=style)
    axes.set_ylabel("req/s")


def _lateness(axes: "Axes", given: Delivery) -> None:
    shown = [curve for curve in given.lateness if curve.has_points]
    values = [y for curve in shown for y in curve.y if isfinite(y) and y > 0]
    log_axis(axes, min(values, default=0.01) * 0.6, max([*values, given.lateness_limit.value]) * 2.2)
    for curve in shown:
        axes.plot(curve.x, curve.y, color=light("generator"), linewidth=1.4)
    draw_limits(axes, [given.lateness_limit])
    name_ends(axes, shown, [curve.name for curve in shown], gap=10)
    axes.set_ylabel("late, ms")


def _cpu(axes: "Axes", given: Delivery) -> None:
    value_axis(axes, max(top_of([given.cpu]), given.cpu_limit.value * 1.15))
    axes.set_yticks([0, 50, 100])
    axes.plot(given.cpu.x, given.cpu.y, color=light("generator"), linewidth=1.4)
    draw_limits(axes, [given.cpu_limit])
    axes.set_ylabel("CPU, %")


def split(observed: Curve, weight_percent: float, span_s: float, *, name: str) -> Markup:
    """Draw the canary's share of the arrivals over time around the planned weight, in percent."""

    def paint(axes: "Axes") -> None:
        values = [y for y in observed.y if isfinite(y)] + [weight_percent]
        room = max(max(abs(value - weight_percent) for value in values) * 1.6, 0.5)
        value_axis(axes, min(weight_percent + room, 100.8), max(weight_percent - room, -0.8))
        time_axis(axes, span_s)
        axes.axhline(weight_percent, color=light("limit"), linewidth=1.2)
        axes.plot(observed.x, observed.y, color=light("canary"), linewidth=2)
        axes.set_ylabel("% to the canary")

    return draw(paint, name=name, title="Planned and observed split", height=190)


def over_time(
    curves: Sequence[Curve], limits: Sequence[LimitLine], span_s: float, *, unit: str, name: str, title: str
) -> Markup:
    """Draw any measure of the variants over time with its limits: error rate, CPU, memory."""
    shown = [curve for curve in curves if curve.has_points]

    def paint(axes: "Axes") -> None:
        value_axis(axes, top_of(shown, limits) or min((limit.value for limit in limits), default=1.0) * 1.5)
        time_axis(axes, span_s)
        axes.set_ylabel(unit)
        for curve in shown:
            axes.plot(curve.x, curve.y, **line_style(curve.variant), linewidth=1.8)
        draw_limits(axes, limits)

    return draw(paint, name=name, title=title, height=190)
