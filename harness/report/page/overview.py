"""The whole run in one picture: p95 of both variants over every stage, under each stage's limit."""

from typing import TYPE_CHECKING

from markupsafe import Markup

from harness.report.plots.axes import (
    LimitLine,
    draw_moments,
    draw_variants,
    name_ends,
    time_axis,
    top_of,
    value_axis,
)
from harness.report.plots.canvas import WIDE, WIDTH, draw
from harness.report.plots.panel import Panel

if TYPE_CHECKING:
    from harness.report.page.view import Overview


def run(overview: "Overview", *, name: str, width: int = WIDTH) -> Markup:
    """Draw the run; stage names are left out where the picture is too narrow for them."""

    def paint(panel: Panel) -> None:
        time_axis(panel, overview.span)
        top = top_of(overview.curves, [LimitLine(value, "") for _, _, value in overview.limits])
        value_axis(panel, top, unit="p95, ms")
        for number, (start, end, label) in enumerate(overview.stages):
            _band(panel, start, end, label if width == WIDE else str(number + 1), shaded=number % 2 == 0)
        draw_variants(panel, overview.curves, lambda _: 2)
        for start, end, value in overview.limits:
            if value <= panel.y.high:
                panel.line([start, end], [value, value], "limit", 1.4)
        draw_moments(panel, overview.moments)
        name_ends(panel, overview.curves, [curve.variant for curve in overview.curves])

    return draw(paint, name=name, title="p95 response time over the whole run", width=width, height=230)


def _band(panel: Panel, start: float, end: float, label: str, *, shaded: bool) -> None:
    if shaded:
        panel.shade(start, end)
    middle_px = panel.x.px((start + end) / 2)
    panel.text(label, middle_px, panel.bottom - 5, "muted", 10, "middle", "bottom", has_halo=True)
