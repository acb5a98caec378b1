"""What plots share: axes in readable units, limits, marked moments and names at the ends of lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from harness.report.data.series import Curve
from harness.report.style import light

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STEPS_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200)
_LETTER_PX, _LINE_PX = 5.8, 14.0  # a letter of a limit's name, and the height of a line of it
_SIGN_PX = 10.0  # what a moment's sign takes with the room beside it
_FAR = 2.5  # a limit beyond this multiple of the data is named, not drawn: it would flatten the curves


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


def line_style(variant: str) -> dict[str, Any]:
    """Tell variants apart without colour too: the canary is solid, the baseline dashed and on top."""
    dashed = variant == "baseline"
    return {
        "color": light(variant),
        "linestyle": (0, (4, 2)) if dashed else "solid",
        "zorder": 3 if dashed else 2.5,
    }


def time_axis(axes: "Axes", span_s: float, whose: str = "the stage", show: bool = True) -> None:
    """Scale x to `span_s` seconds with ticks at round times."""
    span_s = max(span_s, 1e-9)
    step = next(
        (step for step in _STEPS_S if span_s / step <= 6), _STEPS_S[-1] * (span_s // (6 * _STEPS_S[-1]) + 1)
    )
    unit, scale = ("s", 1) if span_s <= 180 else ("min", 60) if span_s < 3 * 3600 else ("h", 3600)
    ticks = [index * step for index in range(int(span_s / step) + 1)]
    axes.set_xlim(0, span_s)
    axes.set_xticks(ticks, [f"{tick / scale:g}" if show else "" for tick in ticks])
    if show:
        axes.set_xlabel(f"{unit} into {whose}")


def value_axis(axes: "Axes", top: float, bottom: float = 0.0) -> None:
    """Scale y to the data with at most five readable ticks."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_ylim(bottom, top if top > bottom else bottom + 1)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))


def log_axis(axes: "Axes", bottom: float, top: float) -> None:
    """Scale y by factors, with ticks at 1, 2 and 5."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    axes.set_yscale("log")
    axes.set_ylim(bottom, top if top > bottom else bottom * 2)
    subs = (1.0, 2.0, 5.0) if top / bottom < 300 else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=subs, numticks=12))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value)))


def tick(value: float) -> str:
    """Return a tick's number without needless zeros."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def top_of(curves: Sequence[Curve], limits: Sequence[LimitLine] = ()) -> float:
    """Return where the axis ends: above the data, and above each limit that is near enough to be drawn."""
    data = max((y for curve in curves for y in (*curve.y, *curve.high) if isfinite(y)), default=0.0)
    near = [limit.value for limit in limits if limit.value <= data * _FAR]
    return max([data, *near], default=0.0) * 1.12


def draw_limits(axes: "Axes", limits: Sequence[LimitLine]) -> None:
    """Draw each limit within the axis as a dashed line with its name; say which ones lie above it."""
    low, high = axes.get_ylim()
    right = axes.get_xlim()[1]
    drawn = [limit for limit in limits if low <= limit.value <= high]
    curves = [line.get_path().transformed(axes.transData).vertices for line in axes.lines]
    halo = {"facecolor": light("paper"), "edgecolor": "none", "alpha": 0.75, "pad": 0.4}
    style = {"color": light("limit"), "fontsize": 10, "bbox": halo}
    written: Any = {"textcoords": "offset points", "ha": "right", **style}
    for limit in drawn:
        axes.axhline(limit.value, color=light("limit"), linewidth=1.2, zorder=1.8)
        right_end, up = _clear_of(axes, curves, limit)
        end: Any = {"ha": "right" if right_end else "left", "va": "baseline" if up else "top"}
        shift = (-2 if right_end else 2, 3 if up else -3)
        axes.annotate(limit.name, (right if right_end else 0, limit.value), shift, **{**written, **end})
    above = ", ".join(limit.name for limit in limits if limit.value > high)
    if above:
        va = "bottom" if drawn else "top"
        axes.annotate(f"↑ above: {above}", (1, 1), (-2, -3), xycoords="axes fraction", va=va, **written)


def _clear_of(axes: "Axes", curves: Sequence[Any], limit: LimitLine) -> tuple[bool, bool]:
    """Choose the end and the side of a limit's line where its name covers the least of the curves."""
    box = axes.get_window_extent()
    line_px = float(axes.transData.transform((0, limit.value))[1])
    wide_px = len(limit.name) * _LETTER_PX

    def covered(place: tuple[bool, bool]) -> int:
        right_end, up = place
        start_px = box.x1 - wide_px if right_end else box.x0
        low_px = line_px if up else line_px - _LINE_PX
        at_px = [start_px + wide_px * part / 8 for part in range(9)]
        heights = (y for curve in curves for y in _heights(curve, at_px))
        outside: bool = low_px < box.y0 or low_px + _LINE_PX > box.y1 + _LINE_PX / 2
        return 1000 * outside + sum(low_px - 2 < y < low_px + _LINE_PX + 2 for y in heights)

    return min(((True, True), (True, False), (False, True), (False, False)), key=covered)


def _heights(curve: Any, at_px: Sequence[float]) -> list[float]:
    import numpy as np

    if len(curve) < 2:
        return []
    return [float(y) for y in np.interp(at_px, curve[:, 0], curve[:, 1], left=np.nan, right=np.nan)]


def draw_moments(axes: "Axes", moments: Sequence[EventMark], named: bool = True) -> None:
    """Draw each moment as a thin line with its sign on top; moments close together share one place."""
    for moment in moments:
        axes.axvline(moment.at_s, color=light("muted"), linewidth=0.8, linestyle=(0, (1, 2)), zorder=1.5)
    left, right = axes.get_xlim()
    close_s = _SIGN_PX * (right - left) / axes.get_window_extent().width
    for at_s, signs in signs_together(moments, close_s) if named else ():
        axes.annotate(
            signs, (at_s, 1), (0, 2), xycoords=("data", "axes fraction"), fontsize=9,
            textcoords="offset points", ha="center", color=light("muted"), annotation_clip=False,
        )  # fmt: skip


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


def name_ends(axes: "Axes", curves: Sequence[Curve], names: Sequence[str], gap: float = 11.0) -> None:
    """Write each curve's name beside its last point, pushed apart so that none covers another."""
    box = axes.get_window_extent()
    base, height = box.y0, box.height
    ends = []
    for curve, name in zip(curves, names, strict=True):
        last = [y for y in curve.y if isfinite(y)][-1:]
        ends += [(axes.transData.transform((0, y))[1], name, curve.variant) for y in last]
    placed = base - gap
    room = base + height + 4
    for rank, (wanted, name, variant) in enumerate(sorted(ends)):
        above = len(ends) - rank - 1
        placed = min(max(wanted, placed + gap), room - above * gap)
        axes.annotate(
            name, (1, (placed - base) / height), (5, 0), xycoords="axes fraction", textcoords="offset points",
            va="center", color=light(variant), fontsize=10, annotation_clip=False,
        )  # fmt: skip
