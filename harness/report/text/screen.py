"""A console whose texts may come from services, plans and run directories of anybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook
from rich.segment import Segment

from harness.report.wording import bounded

UNWRAPPED: Final = 100_000
"""Columns that no line fills."""


def screen() -> Console:
    """Return a console on standard output that takes no text for markup, and prints nothing that acts.

    What goes into a pipe or a file is not wrapped: whoever reads it searches it or wraps it himself.
    """
    console = Console(markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        console.width = UNWRAPPED
    console.push_render_hook(_OnlyShown())
    return console


class _OnlyShown(RenderHook):
    """Wraps whatever a console is given to print."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Return the renderables, each shown through `_Shown`."""
        return [_Shown(one) for one in renderables]


class _Shown:
    def __init__(self, inner: RenderableType) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[Segment]:
        return _shown(console.render(self._inner, options))


def _shown(segments: Iterable[Segment]) -> Iterator[Segment]:
    for segment in segments:
        # Rich itself moves the cursor in segments of their own.
        yield segment if segment.control else Segment(bounded(segment.text), segment.style)
