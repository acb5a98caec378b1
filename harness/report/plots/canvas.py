"""One drawing as an inline SVG that takes its colours and its type face from the page around it."""

import io
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from harness.report.style import COLOURS, light

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 440, 245  # user units of the view box: about CSS pixels in a column of a wide page
WIDE = 940

_MARGIN = {"left": 46, "right": 46, "top": 12, "bottom": 36}
_VARIABLE = {colour.light: f"var(--{name})" for name, colour in COLOURS.items()}
_COLOUR = re.compile("|".join(_VARIABLE))
_FRACTION = re.compile(r"-?\d+\.\d{2,}")
_TURN_BY_NOTHING = re.compile(r' transform="rotate\(-?0 [^)]*\)"')
_TYPE_FACE = re.compile(r" ?font-family:[^;\"]*;?")
_FONT = re.compile(r"font: (?:\d+ )?([\d.]+px) [^;\"]*")
_REFERENCE = re.compile(r'(\bid="|url\(#|href="#)')


def draw(
    paint: Callable[..., None],
    *,
    name: str,
    title: str,
    width: int = WIDTH,
    height: int = HEIGHT,
    rows: Sequence[float] = (1,),
) -> Markup:
    """Let `paint(*axes)` draw one panel per row and return the SVG; `name` is unique within the page."""
    # matplotlib reads settings from a file of the working directory, which may be a foreign run directory,
    # and of the user; a picture is the same for everybody.
    with chdir(os.sep):
        import matplotlib as mpl
        from matplotlib.figure import Figure

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_rc(name))
        figure = Figure(figsize=(width / 72, height / 72), dpi=72)
        paint(*_panels(figure, width, height, rows))
        buffer = io.StringIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    return Markup(_inline(buffer.getvalue(), name, title))  # noqa: S704 - our own drawing; texts are escaped by matplotlib


def _rc(name: str) -> Any:
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": name,
        "font.size": 11,
        "text.color": light("ink"),
        "axes.edgecolor": light("rule"),
        "axes.labelcolor": light("muted"),
        "axes.labelsize": 11,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.spines.left": False,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "axes.axisbelow": True,
        "grid.color": light("grid"),
        "grid.linewidth": 1,
        "xtick.color": light("muted"),
        "ytick.color": light("muted"),
        "xtick.major.size": 0,
        "xtick.minor.size": 0,
        "ytick.major.size": 0,
        "ytick.minor.size": 0,
        "xtick.major.pad": 6,
        "ytick.major.pad": 5,
        "text.parse_math": False,
        "lines.solid_capstyle": "round",
        "lines.solid_joinstyle": "round",
    }


def _panels(figure: Any, width: int, height: int, rows: Sequence[float]) -> Iterator["Axes"]:
    gap, top = 20.0, float(height - _MARGIN["top"])
    room = top - _MARGIN["bottom"] - gap * (len(rows) - 1)
    for share in rows:
        tall = room * share / sum(rows)
        left, wide = _MARGIN["left"], width - _MARGIN["left"] - _MARGIN["right"]
        axes = figure.add_axes((left / width, (top - tall) / height, wide / width, tall / height))
        axes.yaxis.set_label_coords(-38 / wide, 0.5)  # panels below one another have their names in line
        yield axes
        top -= tall + gap


def _inline(svg: str, name: str, title: str) -> str:
    body = svg[svg.index("<svg") :]
    body = body[body.index(">") + 1 :]
    body = re.sub(r"<defs>\s*<style.*?</defs>", "", body, count=1, flags=re.DOTALL)
    body = re.sub(r"<[^>]+>", lambda tag: _tidy(tag[0], name), body)
    body = re.sub(r">\s+<", "><", body)
    return (
        f'<svg viewBox="0 0 {_view(svg)}" role="img" aria-labelledby="{name}-title" class="plot">'
        f'<title id="{name}-title">{escape(title)}</title>{body}'
    )


def _tidy(tag: str, name: str) -> str:
    """Shorten one tag, never the text between tags: ids of this plot alone, page colours, one decimal."""
    tag = re.sub(r'^<g id="[^"]*"', "<g", tag)
    tag = _TURN_BY_NOTHING.sub("", tag).replace("xlink:href", "href")
    tag = _FONT.sub(r"font-size: \1", _TYPE_FACE.sub("", tag))
    tag = _COLOUR.sub(lambda found: _VARIABLE[found[0]], tag)
    tag = _FRACTION.sub(lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), tag)
    tag = _REFERENCE.sub(rf"\g<1>{name}-", tag)
    return re.sub(r"\s*\n\s*", " ", tag).replace("; ", ";").replace(": ", ":")


def _view(svg: str) -> str:
    found = re.search(r'viewBox="0 0 ([\d.]+ [\d.]+)"', svg)
    assert found is not None, "matplotlib always writes a view box"
    return found[1]
