"""Texts for a terminal. Names, reasons and errors come from services, plans and run directories of anybody.

A character that acts on the terminal instead of being shown could hide a verdict or type a command, so none
reaches it: whatever is printed goes through `screen_text`, or through a console made here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderableType, RenderHook
from rich.segment import Segment

from harness.report.wording import bounded, is_acting

_ACTING = re.compile(r"[^\x20-\x7e\n]")


def screen_text(text: object) -> str:
    """Return a text as it may be printed: its lines kept, of bounded length, nothing in it that acts."""
    return bounded(str(text))


def screen_json(text: str) -> str:
    """Return a JSON document that says the same in characters that may be printed."""
    return _ACTING.sub(lambda found: _escaped(found[0]) if is_acting(found[0]) else found[0], text)


def screen() -> Console:
    """Return a console on standard output that takes no text for markup, and prints nothing that acts."""
    console = Console(markup=False, emoji=False, highlight=False)
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


def _escaped(char: str) -> str:
    # As JSON has it: a character beyond the first plane is a pair.
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
