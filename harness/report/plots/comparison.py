"""Several runs in one picture: their spectra over one another, and a percentile from run to run."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from markupsafe import Markup

from harness.report.data.series import Curve
from harness.report.plots.axes import line_style, log_axis, name_ends, value_axis
from harness.report.plots.canvas import draw
from harness.report.plots.latency import nines_axis
from harness.report.style import RUN_COLOURS, light

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Bounded(Protocol):
    """A number with an interval."""

    @property
    def observed(self) -> float | None:
        """The number itself."""

    @property
    def lower(self) -> float | None:
        """Its lower bound."""

    @property
    def upper(self) -> float | None:
        """Its upper bound."""


_DASHES = ("solid", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)), (0, (8, 2)), (0, (3, 1, 1, 1, 1, 1)))


def spectra(curves: Sequence[tuple[int, Curve]], *, name: str) -> Markup | None:
    """Draw the canary's spectrum of each run, told apart by dash and by the run's number at its end."""
    shown = [(number, curve) for number, curve in curves if curve.has_points]
    if not shown:
        return None

    def paint(axes: "Axes") -> None:
        values = [y for _, curve in shown for y in curve.y if y > 0]
        log_axis(axes, min(values) * 0.85, max(values) * 1.25)
        nines_axis(axes, max([2.0, *(curve.x[-1] for _, curve in shown)]))
        axes.set_ylabel("ms")
        named = []
        for at, (number, curve) in enumerate(shown):
            colour = RUN_COLOURS[at % len(RUN_COLOURS)]
            axes.plot(
                curve.x, curve.y, color=light(colour), linestyle=_DASHES[at % len(_DASHES)], linewidth=1.6
            )
            named.append((Curve(str(number), colour, curve.x, curve.y), f"run {number}"))
        name_ends(axes, [curve for curve, _ in named], [text for _, text in named])

    return draw(paint, name=name, title="Percentile spectra of the canary in each run")


def trend(rows: Sequence[tuple[int, Bounded, Bounded]], *, name: str) -> Markup | None:
    """Draw canary and baseline of each run beside one another with intervals, in ms, oldest run first."""
    known = [value for _, *pair in rows for one in pair for value in (one.observed, one.upper) if value]
    if not known:
        return None

    def paint(axes: "Axes") -> None:
        value_axis(axes, max(known) * 1.12)
        for variant, shift, pick in (("baseline", -0.09, 2), ("canary", 0.09, 1)):
            for at, row in enumerate(rows):
                _dot(axes, at + shift, row[pick], variant)  # type: ignore[arg-type] # 1 and 2 are the numbers
        axes.set_xlim(-0.5, len(rows) - 0.5)
        axes.set_xticks(range(len(rows)), [str(number) for number, _, _ in rows])
        axes.set_xlabel("run")
        axes.set_ylabel("p95, ms")

    return draw(paint, name=name, title="p95 of canary and baseline from run to run")


def _dot(axes: "Axes", x: float, value: Bounded, variant: str) -> None:
    if value.observed is None:
        return
    colour = line_style(variant)["color"]
    if value.lower is not None and value.upper is not None:
        axes.plot([x, x], [value.lower, value.upper], color=colour, linewidth=2)
    hollow = light("paper") if variant == "baseline" else colour
    axes.plot([x], [value.observed], color=colour, marker="o", markersize=6, markerfacecolor=hollow)
