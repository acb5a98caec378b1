"""Texts as they may be printed. Names, reasons and errors come from services, plans and runs of anybody.

A character that acts on the terminal instead of being shown could hide a verdict or type a command, so none
reaches it: whatever is printed goes through `printable_text`, or through a console of `screen`.
"""

from __future__ import annotations

import re

from harness.report.wording import bounded, is_acting

_ACTING = re.compile(r"[^\x20-\x7e\n]")


def printable_text(text: object) -> str:
    """Return a text as it may be printed: its lines kept, of bounded length, nothing in it that acts."""
    return bounded(str(text))


def printable_json(text: str) -> str:
    """Return a JSON document that says the same in characters that may be printed."""
    return _ACTING.sub(lambda found: _escaped(found[0]) if is_acting(found[0]) else found[0], text)


def _escaped(char: str) -> str:
    # As JSON has it: a character beyond the first plane is a pair.
    units = char.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
