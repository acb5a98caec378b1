"""Several runs in one picture: their spectra over one another, and a percentile from run to run."""

from collections.abc import Sequence
from typing import Protocol

from markupsafe import Markup

from harness.report.data.series import Curve
from harness.report.plots.axes import log_axis, name_ends, value_axis
from harness.report.plots.canvas import draw
from harness.report.plots.latency import nines_axis
from harness.report.plots.panel import Panel
from harness.report.style import RUN_COLOURS


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


_DASHES = ((), (5, 2), (1, 1.5), (5, 2, 1, 2), (8, 2), (3, 1, 1, 1, 1, 1))


def spectra(curves: Sequence[tuple[int, Curve]], *, name: str) -> Markup | None:
    """Draw the canary's spectrum of each run, told apart by dash and by the run's number at its end."""
    shown = [(number, curve) for number, curve in curves if curve.has_points]
    if not shown:
        return None

    def paint(panel: Panel) -> None:
        values = [y for _, curve in shown for y in curve.y if y > 0]
        log_axis(panel, min(values) * 0.85, max(values) * 1.25, unit="ms")
        nines_axis(panel, max([2.0, *(curve.x[-1] for _, curve in shown)]))
        named = []
        for at, (number, curve) in enumerate(shown):
            colour = RUN_COLOURS[at % len(RUN_COLOURS)]
            panel.line(curve.x, curve.y, colour, 1.6, _DASHES[at % len(_DASHES)])
            named.append((Curve(str(number), colour, curve.x, curve.y), f"run {number}"))
        name_ends(panel, [curve for curve, _ in named], [text for _, text in named])

    return draw(paint, name=name, title="Percentile spectra of the canary in each run")


def trend(rows: Sequence[tuple[int, Bounded, Bounded]], *, name: str) -> Markup | None:
    """Draw canary and baseline of each run beside one another with intervals, in ms, oldest run first."""
    known = [value for _, *pair in rows for one in pair for value in (one.observed, one.upper) if value]
    if not known:
        return None

    def paint(panel: Panel) -> None:
        value_axis(panel, max(known) * 1.12, unit="p95, ms")
        panel.span_x(-0.5, len(rows) - 0.5)
        for variant, shift, pick in (("baseline", -0.09, 2), ("canary", 0.09, 1)):
            for at, row in enumerate(rows):
                _dot(panel, at + shift, row[pick], variant)  # type: ignore[arg-type] # 1 and 2 are the numbers
        for at, (number, _, _) in enumerate(rows):
            panel.x_tick(at, str(number))
        panel.names(x="run")

    return draw(paint, name=name, title="p95 of canary and baseline from run to run")


def _dot(panel: Panel, x: float, value: Bounded, variant: str) -> None:
    if value.observed is None:
        return
    if value.lower is not None and value.upper is not None:
        panel.line([x, x], [value.lower, value.upper], variant, 2)
    panel.dot(x, value.observed, variant, is_hollow=variant == "baseline")
