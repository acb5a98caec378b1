"""One drawing as an inline SVG that takes its colours and its type face from the page around it."""

from collections.abc import Callable, Iterator, Sequence

from markupsafe import Markup, escape

from harness.report.plots.panel import Panel

WIDTH, HEIGHT = 440, 245  # user units of the view box: about CSS pixels in a column of a wide page
WIDE = 940

_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 46.0, 12.0, 36.0
_GAP = 20.0


def draw(
    paint: Callable[..., None],
    *,
    name: str,
    title: str,
    width: int = WIDTH,
    height: int = HEIGHT,
    rows: Sequence[float] = (1,),
) -> Markup:
    """Let `paint(*panels)` draw one panel per row and return the SVG; `name` is unique within the page."""
    panels = list(_panels(width, height, rows))
    paint(*panels)
    body = "".join(panel.svg(f"{name}-{number}") for number, panel in enumerate(panels))
    return Markup(  # noqa: S704 - our own drawing; its texts are escaped where they are written
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-labelledby="{name}-title" class="plot">'
        f'<title id="{name}-title">{escape(title)}</title>{body}</svg>'
    )


def _panels(width: float, height: float, rows: Sequence[float]) -> Iterator[Panel]:
    top = _TOP
    room = height - _TOP - _BOTTOM - _GAP * (len(rows) - 1)
    for share in rows:
        tall = room * share / sum(rows)
        yield Panel(_LEFT, top, width - _LEFT - _RIGHT, tall)
        top += tall + _GAP
