"""The whole run in one picture: p95 of both variants over every stage, under each stage's limit."""

from typing import TYPE_CHECKING

from markupsafe import Markup

from harness.report.plots.axes import (
    LimitLine,
    draw_moments,
    line_style,
    name_ends,
    time_axis,
    top_of,
    value_axis,
)
from harness.report.plots.canvas import WIDE, WIDTH, draw
from harness.report.style import light

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from harness.report.page.view import Overview


def run(overview: "Overview", *, name: str, width: int = WIDTH) -> Markup:
    """Draw the run; stage names are left out where the picture is too narrow for them."""

    def paint(axes: "Axes") -> None:
        time_axis(axes, overview.span_s, "the run")
        value_axis(axes, top_of(overview.curves, [LimitLine(value, "") for _, _, value in overview.limits]))
        axes.set_ylabel("p95, ms")
        for number, (start, end, label) in enumerate(overview.stages):
            _band(axes, start, end, label if width == WIDE else str(number + 1), shaded=number % 2 == 0)
        for curve in overview.curves:
            axes.plot(curve.x, curve.y, **line_style(curve.variant), linewidth=2)
        for start, end, value in overview.limits:
            if value <= axes.get_ylim()[1]:
                axes.plot(
                    [start, end], [value, value], color=light("limit"), linewidth=1.4, solid_capstyle="butt"
                )
        draw_moments(axes, overview.moments)
        name_ends(axes, overview.curves, [curve.variant for curve in overview.curves])

    return draw(paint, name=name, title="p95 response time over the whole run", width=width, height=230)


def _band(axes: "Axes", start: float, end: float, label: str, *, shaded: bool) -> None:
    if shaded:
        axes.axvspan(start, end, facecolor=light("shade"), edgecolor="none", zorder=0)
    axes.annotate(
        label, ((start + end) / 2, 0), (0, 5), xycoords=("data", "axes fraction"), textcoords="offset points",
        ha="center", va="bottom", color=light("muted"), fontsize=10,
    )  # fmt: skip
