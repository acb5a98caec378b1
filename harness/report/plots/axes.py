"""What plots share: axes in readable units, limits, marked moments and names at the ends of lines."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite

from harness.report.data.series import Curve
from harness.report.plots.panel import Panel, Points
from harness.report.plots.scale import tick
from harness.report.wording import clock

_STEPS_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200)
_LETTER_PX, _LINE_PX = 5.8, 14.0  # a letter of a limit's name, and the height of a line of it
_SIGN_PX = 10.0  # what a moment's sign takes with the room beside it
_FAR = 2.5  # a limit beyond this multiple of the data is named, not drawn: it would flatten the curves
_DASHES = {"baseline": (4, 2), "control": (1, 2)}  # variants are told apart without colour too


@dataclass(frozen=True)
class LimitLine:
    """A horizontal line: a value in the plot's unit and what it is called."""

    value: float
    name: str


@dataclass(frozen=True)
class EventMark:
    """A vertical line at a time of the plot, with the sign that the page's list explains by the text."""

    at_s: float
    sign: str
    text: str = ""


@dataclass(frozen=True)
class TimeSpan:
    """The part of a run that a plot shows: x counts from its start, `start_s` from the start of the run.

    Pauses are cut out of x; each is where it lies in x and how long it was.
    """

    start_s: float
    length_s: float
    pauses: Sequence[tuple[float, float]] = ()

    @property
    def end_s(self) -> float:
        """When in the run it ended."""
        return self.run_time_s(self.length_s)

    def run_time_s(self, x_s: float) -> float:
        """Return when in the run a place of x was."""
        return self.start_s + x_s + sum(length_s for at_s, length_s in self.pauses if at_s <= x_s)

    def x_s(self, run_time_s: float) -> float:
        """Return the place of a moment of the run; all of a pause is in one place."""
        x_s = run_time_s - self.start_s
        for at_s, length_s in self.pauses:
            if x_s > at_s:
                x_s = max(at_s, x_s - length_s)
        return x_s


def time_axis(panel: Panel, span: TimeSpan, *, show: bool = True) -> None:
    """Scale x to a part of the run, with ticks at round times of the run's own clock."""
    length_s = max(span.length_s, 1e-9)
    step = next(
        (step for step in _STEPS_S if length_s / step <= 6),
        _STEPS_S[-1] * (length_s // (6 * _STEPS_S[-1]) + 1),
    )
    panel.span_x(0, length_s)
    for at_s, _ in span.pauses:
        panel.upright(at_s, "muted", 0.8, (4, 3))
    if show:
        first, last = ceil(span.start_s / step - 1e-9), floor(span.end_s / step + 1e-9)
        for at_s in (number * step for number in range(first, last + 1)):
            x_s = span.x_s(at_s)
            if abs(span.run_time_s(x_s) - at_s) < 1e-6:
                panel.x_tick(x_s, clock(at_s))
        panel.names(
            x="since the start of the run, a pause cut out" if span.pauses else "since the start of the run"
        )


def value_axis(
    panel: Panel, top: float, bottom: float = 0.0, *, unit: str, ticks: Sequence[float] = ()
) -> None:
    """Scale y to the data with at most six readable ticks, or these."""
    panel.span_y(bottom, top if top > bottom else bottom + 1)
    _name_values(panel, unit, ticks or panel.y.ticks())


def log_axis(panel: Panel, bottom: float, top: float, *, unit: str) -> None:
    """Scale y by factors, with ticks at 1, 2 and 5."""
    panel.span_y(bottom, top if top > bottom else bottom * 2, is_log=True)
    _name_values(panel, unit, panel.y.ticks())


def _name_values(panel: Panel, unit: str, ticks: Iterable[float]) -> None:
    for value in ticks:
        panel.y_tick(value, tick(value))
    panel.names(y=unit)


def draw_variants(
    panel: Panel,
    curves: Sequence[Curve],
    width: Callable[[Curve], float],
    opacity: Callable[[Curve], float] = lambda _: 1.0,
) -> None:
    """Draw curves of the variants: the canary solid, the others broken and on top."""
    for curve in sorted(curves, key=lambda curve: curve.variant in _DASHES):
        dash = _DASHES.get(curve.variant, ())
        if len(curve.low):
            panel.band(curve.x, curve.low, curve.high, curve.variant)
        panel.line(curve.x, curve.y, curve.variant, width(curve), dash, opacity(curve))


def top_of(curves: Sequence[Curve], limits: Sequence[LimitLine] = ()) -> float:
    """Return where the axis ends: above the data, and above each limit that is near enough to be drawn."""
    data = max((y for curve in curves for y in (*curve.y, *curve.high) if isfinite(y)), default=0.0)
    near = [limit.value for limit in limits if limit.value <= data * _FAR]
    return max([data, *near], default=0.0) * 1.12


def draw_limits(panel: Panel, limits: Sequence[LimitLine]) -> None:
    """Draw each limit within the axis as a line with its name; say which ones lie above it."""
    drawn = [limit for limit in limits if panel.y.holds(limit.value)]
    for limit in drawn:
        panel.across(limit.value, "limit", 1.2)
        at_right, is_above = _clear_of(panel, limit)
        x_px, anchor = (panel.right - 2, "end") if at_right else (panel.left + 2, "start")
        y_px, side = (
            (panel.y.px(limit.value) - 4, "baseline") if is_above else (panel.y.px(limit.value) + 3, "top")
        )
        panel.text(limit.name, x_px, y_px, "limit", 10, anchor, side, has_halo=True)
    above = ", ".join(limit.name for limit in limits if limit.value > panel.y.high)
    if above:
        side = "bottom" if drawn else "top"
        panel.text(
            f"↑ above: {above}", panel.right - 2, panel.top + 3, "limit", 10, "end", side, has_halo=True
        )


def _clear_of(panel: Panel, limit: LimitLine) -> tuple[bool, bool]:
    """Choose the end and the side of a limit's line where its name covers the least of the curves."""
    line_px = panel.y.px(limit.value)
    wide_px = len(limit.name) * _LETTER_PX

    def covered(place: tuple[bool, bool]) -> int:
        at_right, is_above = place
        start_px = panel.right - wide_px if at_right else panel.left
        top_px = line_px - _LINE_PX if is_above else line_px
        at_px = [start_px + wide_px * part / 8 for part in range(9)]
        heights = (y for curve in panel.curves for y in _heights(curve, at_px))
        is_outside = top_px + _LINE_PX > panel.bottom or top_px < panel.top - _LINE_PX / 2
        return 1000 * is_outside + sum(top_px - 2 < y < top_px + _LINE_PX + 2 for y in heights)

    return min(((True, True), (True, False), (False, True), (False, False)), key=covered)


def _heights(curve: Points, at_px: Sequence[float]) -> list[float]:
    import numpy as np

    x, y = zip(*curve, strict=True)
    return [float(found) for found in np.interp(at_px, x, y, left=np.nan, right=np.nan)]


def draw_moments(panel: Panel, moments: Sequence[EventMark]) -> None:
    """Draw each moment as a thin line with its sign on top; moments close together share one place."""
    for moment in moments:
        panel.upright(moment.at_s, "muted", 0.8, (1, 2))
    close_s = _SIGN_PX * (panel.x.high - panel.x.low) / panel.width
    for at_s, signs in signs_together(moments, close_s):
        panel.text(signs, panel.x.px(at_s), panel.top - 2, "muted", 9, "middle")


def signs_together(moments: Sequence[EventMark], close_s: float) -> list[tuple[float, str]]:
    """Return where to write which signs: `1–3` where three moments are closer than a sign is wide."""
    groups: list[list[EventMark]] = []
    for moment in sorted(moments, key=lambda moment: moment.at_s):
        if groups and moment.at_s - groups[-1][-1].at_s < close_s:
            groups[-1].append(moment)
        else:
            groups.append([moment])
    return [
        (
            (group[0].at_s + group[-1].at_s) / 2,
            group[0].sign if len(group) == 1 else f"{group[0].sign}–{group[-1].sign}",
        )
        for group in groups
    ]


def name_ends(panel: Panel, curves: Sequence[Curve], names: Sequence[str], gap_px: float = 11.0) -> None:
    """Write each curve's name beside its last point, pushed apart so that none covers another."""
    ends = []
    for curve, name in zip(curves, names, strict=True):
        last = [y for y in curve.y if isfinite(y)][-1:]
        ends += [(panel.y.px(y), name, curve.variant) for y in last]
    placed = panel.bottom + gap_px
    for rank, (wanted, name, variant) in enumerate(sorted(ends, key=lambda end: (-end[0], *end[1:]))):
        above = len(ends) - rank - 1
        placed = max(min(wanted, placed - gap_px), panel.top - 4 + above * gap_px)
        panel.text(name, panel.right + 5, placed, variant, 10, "start", "middle")
