"""An outcome for a terminal: a symbol and words."""

from rich.console import Console
from rich.text import Text

from harness.judge.verdict import Rollback
from harness.report.headline import headline
from harness.report.style import SYMBOLS

_STYLES = {
    "pass": "green",
    "inconclusive": "yellow",
    "invalid": "magenta",
    "fail": "bold red",
    "notrun": "dim",
    "notyet": "dim",
    "underway": "cyan",
}
_ASCII = {
    "pass": "+",
    "inconclusive": "?",
    "invalid": "!",
    "fail": "x",
    "notrun": "-",
    "notyet": "-",
    "underway": "~",
}


def outcome_text(
    outcome: str, console: Console, rollback: Rollback | None = None, words: str | None = None
) -> Text:
    """Return an outcome as symbol and words, or other `words`; in ASCII where the terminal knows no more."""
    symbols = _ASCII if console.options.ascii_only else SYMBOLS
    return Text(f"{symbols[outcome]} {words or headline(outcome, rollback)}", style=_STYLES[outcome])
