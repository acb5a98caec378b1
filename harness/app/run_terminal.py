"""A run in the terminal: its progress, and in the end its verdict and where its evidence is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.style import Style
from rich.text import Text

from harness.judge.verdict import Verdict
from harness.live.figures import RunFigures
from harness.live.terminal import Display
from harness.process.view_guard import ViewGuard
from harness.record.run_directory import RunDirectory
from harness.report.text.progress import ProgressLine
from harness.report.text.screen import screen
from harness.report.text.terminal import print_verdict

_NAME = "the terminal"


class RunTerminal:
    """The terminal of one run, a view as any other: where it fails, the run goes on.

    `progress` shows where the run stands; `clock` says how often its picture may change.
    """

    def __init__(self, figures: RunFigures, views: ViewGuard, clock: Callable[[], float]) -> None:
        self._console = screen()
        self._views = views
        self.progress = Display(ProgressLine(self._console, clock), figures)

    def close(self) -> None:
        """End the picture of the progress."""
        self._views.call(_NAME, self.progress.close)

    def print_result(self, run: RunDirectory, verdict: Verdict, *said: str) -> None:
        """Print the verdict, lines about it, and where the run directory is."""
        self._views.call(_NAME, self._print, run, verdict, said)

    def _print(self, run: RunDirectory, verdict: Verdict, said: Sequence[str]) -> None:
        print_verdict(verdict, self._console)
        for line in said:
            self._console.print(line, soft_wrap=True)
        page = (run.path / "report.html").absolute().as_uri()
        link = Style(link=page) if self._console.is_terminal else Style()
        self._console.print(Text.assemble("evidence and report: ", (str(run.path), link)), soft_wrap=True)
