"""One drawing area of a plot: its two scales, and what is drawn on them as SVG."""

from collections.abc import Iterator, Sequence
from enum import IntEnum
from itertools import pairwise
from math import isfinite

from markupsafe import escape

from harness.report.plots.scale import Scale

Points = list[tuple[float, float]]

_EDGE_PX = 2  # a curve along the edge of the area is drawn in its whole width
_LONE_PX = 2.2
_RISE = {
    "baseline": 0.0,
    "middle": 0.35,
    "top": 0.8,
    "bottom": -0.22,
}  # of a letter's size, down to its baseline


class Layer(IntEnum):
    """What covers what, lowest first."""

    GROUND = 0
    GRID = 1
    MARK = 2
    CURVE = 3
    TEXT = 4


class Panel:
    """Lines and dots in values of the scales `x` and `y`, texts in px, which grow to the right and downward.

    Colours are names of the page's palette; dashes are in widths of their line.
    """

    def __init__(self, left: float, top: float, width: float, height: float) -> None:
        self.left, self.top, self.right, self.bottom = left, top, left + width, top + height
        self.x = Scale(0, 1, self.left, self.right)
        self.y = Scale(0, 1, self.bottom, self.top)
        self.curves: list[Points] = []
        self._shapes: dict[Layer, list[str]] = {layer: [] for layer in Layer}
        self._stroke(Layer.GRID, _path([(self.left, self.bottom), (self.right, self.bottom)]), "rule", 0.8)

    @property
    def width(self) -> float:
        """How wide the area is, in px."""
        return self.right - self.left

    def span_x(self, low: float, high: float) -> None:
        """Let x go from `low` to `high`."""
        self.x = Scale(low, high, self.left, self.right)

    def span_y(self, low: float, high: float, *, is_log: bool = False) -> None:
        """Let y go from `low` to `high`."""
        self.y = Scale(low, high, self.bottom, self.top, is_log)

    def line(
        self, x: Sequence[float], y: Sequence[float], colour: str, width: float,
        dash: Sequence[float] = (), opacity: float = 1.0,
    ) -> None:  # fmt: skip
        """Draw a curve; a y of NaN leaves a gap, and a point without neighbours becomes a dot."""
        for points in self._pieces(x, y):
            self.curves.append(points)
            if len(points) == 1:
                self._dot(points[0], _LONE_PX, f"fill:var(--{colour})")
            else:
                self._stroke(Layer.CURVE, _path(points), colour, width, dash, opacity)

    def band(self, x: Sequence[float], low: Sequence[float], high: Sequence[float], colour: str) -> None:
        """Shade the room between two curves, pale."""
        for above, below in zip(self._pieces(x, high), self._pieces(x, low), strict=True):
            around = _path([*above, *reversed(below)])
            self._shapes[Layer.MARK].append(
                f'<path d="{around}Z" opacity=".16" style="fill:var(--{colour})"/>'
            )

    def across(self, y: float, colour: str, width: float = 1.0, dash: Sequence[float] = ()) -> None:
        """Draw a level line through the whole area, below the curves."""
        ends = [(self.left, self.y.px(y)), (self.right, self.y.px(y))]
        self._stroke(Layer.MARK, _path(ends), colour, width, dash)

    def upright(self, x: float, colour: str, width: float = 1.0, dash: Sequence[float] = ()) -> None:
        """Draw a line from top to bottom, below the curves."""
        ends = [(self.x.px(x), self.bottom), (self.x.px(x), self.top)]
        self._stroke(Layer.MARK, _path(ends), colour, width, dash)

    def shade(self, start: float, end: float) -> None:
        """Shade the ground from one x to another."""
        at, to = self.x.px(start), self.x.px(end)
        self._shapes[Layer.GROUND].append(
            f'<rect x="{_px(at)}" y="{_px(self.top)}" width="{_px(to - at)}" '
            f'height="{_px(self.bottom - self.top)}" style="fill:var(--shade)"/>'
        )

    def dot(self, x: float, y: float, colour: str, *, is_hollow: bool = False) -> None:
        """Draw one measured value."""
        inside = "paper" if is_hollow else colour
        style = f"fill:var(--{inside});stroke:var(--{colour})"
        self._dot((self.x.px(x), self.y.px(y)), 3, style)

    def pointer(self, x: float, y: float, colour: str) -> None:
        """Draw a small triangle that points down at a value."""
        at, to = self.x.px(x), self.y.px(y)
        corners = [(at - 4, to - 3.5), (at + 4, to - 3.5), (at, to + 4)]
        self._shapes[Layer.CURVE].append(f'<path d="{_path(corners)}Z" style="fill:var(--{colour})"/>')

    def x_tick(self, x: float, text: str, *, has_line: bool = False) -> None:
        """Name a value below the area."""
        at = self.x.px(x)
        if has_line:
            self._stroke(Layer.GRID, _path([(at, self.bottom), (at, self.top)]), "grid", 1)
        self.text(text, at, self.bottom + 6, "muted", 11, "middle", "top")

    def y_tick(self, y: float, text: str) -> None:
        """Name a value left of the area and draw its line."""
        at = self.y.px(y)
        self._stroke(Layer.GRID, _path([(self.left, at), (self.right, at)]), "grid", 1)
        self.text(text, self.left - 5, at, "muted", 11, "end", "middle")

    def names(self, x: str = "", y: str = "") -> None:
        """Name the scales: `x` below its ticks, `y` upright beside them."""
        if x:
            self.text(x, (self.left + self.right) / 2, self.bottom + 22, "muted", 11, "middle", "top")
        if y:
            at_x, at_y = _px(self.left - 46), _px((self.top + self.bottom) / 2)
            self._shapes[Layer.TEXT].append(
                f'<text transform="translate({at_x} {at_y}) rotate(-90)" font-size="11" text-anchor="middle" '
                f'style="fill:var(--muted)">{escape(y)}</text>'
            )

    def text(
        self, text: str, x_px: float, y_px: float, colour: str, size: float = 10,
        anchor: str = "start", side: str = "baseline", *, has_halo: bool = False,
    ) -> None:  # fmt: skip
        """Write a text; `anchor` says which end of it lies at `x_px`, `side` which edge at `y_px`."""
        halo = ' class="halo"' if has_halo else ""
        at = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._shapes[Layer.TEXT].append(
            f'<text x="{_px(x_px)}" y="{_px(y_px + _RISE[side] * size)}" font-size="{size:g}"{at}{halo} '
            f'style="fill:var(--{colour})">{escape(text)}</text>'
        )

    def svg(self, clip: str) -> str:
        """Return what was drawn; `clip` is an id for the edge of the area, unique within the page."""
        left, top = _px(self.left - _EDGE_PX), _px(self.top - _EDGE_PX)
        width, height = _px(self.width + 2 * _EDGE_PX), _px(self.bottom - self.top + 2 * _EDGE_PX)
        drawn = "".join(shape for layer in Layer if layer < Layer.TEXT for shape in self._shapes[layer])
        return (
            f'<clipPath id="{clip}"><rect x="{left}" y="{top}" width="{width}" height="{height}"/></clipPath>'
            f'<g fill="none" clip-path="url(#{clip})">{drawn}</g>{"".join(self._shapes[Layer.TEXT])}'
        )

    def _pieces(self, x: Sequence[float], y: Sequence[float]) -> Iterator[Points]:
        """Yield the runs of neighbours between gaps, in px."""
        gaps = [-1, *(at for at, value in enumerate(y) if not isfinite(value)), len(y)]
        for before, after in pairwise(gaps):
            if after - before > 1:
                yield [(self.x.px(x[at]), self.y.px(y[at])) for at in range(before + 1, after)]

    def _stroke(
        self, layer: Layer, path: str, colour: str, width: float,
        dash: Sequence[float] = (), opacity: float = 1.0,
    ) -> None:  # fmt: skip
        dashes = f' stroke-dasharray="{" ".join(_px(part * width) for part in dash)}"' if dash else ""
        pale = f' opacity="{opacity:g}"' if opacity < 1 else ""
        self._shapes[layer].append(
            f'<path d="{path}" stroke-width="{width:g}"{dashes}{pale} style="stroke:var(--{colour})"/>'
        )

    def _dot(self, at: tuple[float, float], radius: float, style: str) -> None:
        self._shapes[Layer.CURVE].append(
            f'<circle cx="{_px(at[0])}" cy="{_px(at[1])}" r="{radius:g}" style="{style}"/>'
        )


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{_px(x)} {_px(y)}" for x, y in points)


def _px(value: float) -> str:
    """Return a place with one decimal, which is finer than a screen."""
    return f"{round(value, 1) + 0.0:.1f}".removesuffix(".0")
