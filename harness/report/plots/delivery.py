"""What the load generator did: rates and lateness, the split, its own processor; and what failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from markupsafe import Markup

from harness.report.data.series import Curve
from harness.report.plots.axes import (
    LimitLine,
    TimeSpan,
    draw_limits,
    draw_variants,
    log_axis,
    name_ends,
    time_axis,
    top_of,
    value_axis,
)
from harness.report.plots.canvas import draw
from harness.report.plots.panel import Panel

_DOTTED = (1, 2)


@dataclass(frozen=True)
class Delivery:
    """Curves over one stage: rates per second, lateness in ms, CPU in percent of a core."""

    planned: Curve
    offered: Curve
    achieved: Curve
    sends_late: Curve
    timer_late: Curve
    lateness_limit: LimitLine
    cpu: Curve
    cpu_limit: LimitLine


def delivery(given: Delivery, span: TimeSpan, *, name: str) -> Markup:
    """Draw offered and achieved rate, lateness, and the generator's CPU below one another."""

    def paint(rates: Panel, late: Panel, cpu: Panel) -> None:
        for panel in (rates, late, cpu):
            time_axis(panel, span, show=panel is cpu)
        _rates(rates, given)
        _lateness(late, given)
        _cpu(cpu, given)

    title = "Offered and achieved rate, lateness and the generator's CPU over time"
    return draw(paint, name=name, title=title, height=340, rows=(4, 3, 2))


def _rates(panel: Panel, given: Delivery) -> None:
    curves = [curve for curve in (given.offered, given.achieved) if curve.has_points]
    values = [y for curve in curves for y in curve.y if isfinite(y)] + list(given.planned.y)
    room = max((max(values) - min(values)) * 0.6, max(given.planned.y) * 0.02)
    value_axis(panel, max(values) + room, max(min(values) - room, 0.0), unit="req/s")
    if len(set(given.planned.y)) == 1:
        panel.across(given.planned.y[0], "muted", 1, (5, 3))
    else:
        panel.line(given.planned.x, given.planned.y, "muted", 1, (5, 3))
    panel.line(given.offered.x, given.offered.y, "generator", 1.6, (1, 1.6))
    panel.line(given.achieved.x, given.achieved.y, "generator", 1.6)


def _lateness(panel: Panel, given: Delivery) -> None:
    shown = [curve for curve in (given.sends_late, given.timer_late) if curve.has_points]
    values = [y for curve in shown for y in curve.y if isfinite(y) and y > 0]
    bottom, top = min(values, default=0.01) * 0.6, max([*values, given.lateness_limit.value]) * 2.2
    log_axis(panel, bottom, top, unit="late, ms")
    panel.line(given.sends_late.x, given.sends_late.y, "generator", 1.4)
    panel.line(given.timer_late.x, given.timer_late.y, "generator", 1.4, _DOTTED)
    draw_limits(panel, [given.lateness_limit])
    name_ends(panel, shown, [curve.name for curve in shown], gap_px=10)


def _cpu(panel: Panel, given: Delivery) -> None:
    top = max(top_of([given.cpu]), given.cpu_limit.value * 1.15)
    value_axis(panel, top, unit="CPU, %", ticks=(0, 50, 100))
    panel.line(given.cpu.x, given.cpu.y, "generator", 1.4)
    draw_limits(panel, [given.cpu_limit])


def split(observed: Curve, weight_percent: float, span: TimeSpan, *, name: str) -> Markup:
    """Draw the canary's share of the arrivals over time around the planned weight, in percent."""

    def paint(panel: Panel) -> None:
        values = [y for y in observed.y if isfinite(y)] + [weight_percent]
        room = max(max(abs(value - weight_percent) for value in values) * 1.6, 0.5)
        top, bottom = min(weight_percent + room, 100.8), max(weight_percent - room, -0.8)
        value_axis(panel, top, bottom, unit="% to the canary")
        time_axis(panel, span)
        panel.across(weight_percent, "limit", 1.2)
        panel.line(observed.x, observed.y, "canary", 2)

    return draw(paint, name=name, title="Planned and observed split", height=190)


def over_time(
    curves: Sequence[Curve], limits: Sequence[LimitLine], span: TimeSpan, *, unit: str, name: str, title: str
) -> Markup:
    """Draw any measure of the variants over time with its limits: error rate, CPU, memory."""
    shown = [curve for curve in curves if curve.has_points]

    def paint(panel: Panel) -> None:
        lowest = min((limit.value for limit in limits), default=1.0)
        value_axis(panel, top_of(shown, limits) or lowest * 1.5, unit=unit)
        time_axis(panel, span)
        draw_variants(panel, shown, lambda _: 1.8)
        draw_limits(panel, limits)

    return draw(paint, name=name, title=title, height=190)
