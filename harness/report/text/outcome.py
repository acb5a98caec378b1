"""An outcome for a terminal: a symbol and a word."""

from rich.console import Console
from rich.text import Text

from harness.report.style import SYMBOLS, WORDS

_STYLES = {
    "pass": "green",
    "inconclusive": "yellow",
    "invalid": "magenta",
    "fail": "bold red",
    "notrun": "dim",
}
_ASCII = {"pass": "+", "inconclusive": "?", "invalid": "!", "fail": "x", "notrun": "-"}


def outcome_text(outcome: str, console: Console) -> Text:
    """Return an outcome as symbol and word, in ASCII where the terminal knows no more."""
    symbols = _ASCII if console.options.ascii_only else SYMBOLS
    return Text(f"{symbols[outcome]} {WORDS[outcome]}", style=_STYLES[outcome])
