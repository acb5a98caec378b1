"""An outcome for a terminal: a symbol and words."""

from rich.console import Console
from rich.text import Text

from harness.judge.outcome import Outcome
from harness.judge.verdict import Rollback
from harness.report.headline import headline
from harness.report.style import SYMBOLS

_STYLES = {
    "pass": "green",
    "inconclusive": "yellow",
    "invalid": "magenta",
    "fail": "bold red",
    "notrun": "dim",
}
_ASCII = {"pass": "+", "inconclusive": "?", "invalid": "!", "fail": "x", "notrun": "-"}


def outcome_text(outcome: Outcome, console: Console, rollback: Rollback | None = None) -> Text:
    """Return an outcome as symbol and words, in ASCII where the terminal knows no more."""
    symbols = _ASCII if console.options.ascii_only else SYMBOLS
    return Text(f"{symbols[outcome]} {headline(outcome, rollback)}", style=_STYLES[outcome])
