"""The progress of a run in the terminal."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from harness.live.figures import RunFigures, StageFigures
from harness.record.events.approval import ApprovalExpired, ApprovalRequested, Decided, Decision
from harness.record.events.event import Event
from harness.record.histograms.account import total_of
from harness.record.progress import RunProgress
from harness.report.page.event_words import words_of
from harness.report.text.progress import ProgressLine, Snapshot
from harness.report.wording import visible

_LOG = logging.getLogger("harness")


class Display:
    """Shows the progress of a run in a line of the terminal."""

    def __init__(self, screen: ProgressLine, figures: RunFigures) -> None:
        self._screen = screen
        self._figures = figures
        self._log_lines = _LogLines(screen.make_room)
        _LOG.addFilter(self._log_lines)

    def __call__(self, progress: RunProgress) -> None:
        """Show where the stage stands."""
        stage = self._figures.stages[progress.index]
        # There are no figures before the first window has closed.
        if stage.points:
            self._screen.update(snapshot(progress, stage))

    def close(self) -> None:
        """Release the terminal."""
        self._screen.close()
        _LOG.removeFilter(self._log_lines)


class _LogLines(logging.Filter):
    """Makes room for each line of our log: one written into a picture would be lost with its next change."""

    def __init__(self, make_room: Callable[[], object]) -> None:
        super().__init__()
        self._make_room = make_room

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every line pass."""
        self._make_room()
        return True


class RequestLines:
    """Writes lines to the log when the run in a directory waits for a person, and what came of it."""

    def __init__(self, run: Path) -> None:
        self._run = run

    def __call__(self, event: Event) -> None:
        """Take an event of the run; most need no line."""
        match event:
            case ApprovalRequested():
                can = [word for word in Decision if event.may_extend or word is not Decision.EXTEND]
                words = "|".join(can)
                _LOG.warning("%s: harness %s %s --by NAME --reason TEXT", words_of(event), words, self._run)
            case Decided() | ApprovalExpired():
                _LOG.warning("%s", visible(words_of(event)))


def snapshot(progress: RunProgress, figures: StageFigures) -> Snapshot:
    """Return what the terminal shows of a stage."""
    stage = figures.stage
    accounts = progress.snapshot.accounts
    total = total_of(accounts)
    return Snapshot(
        stage=stage.name,
        index=progress.index,
        stages=len(progress.plan.stages),
        weight=float(stage.weight),
        elapsed_s=min(progress.elapsed_s, figures.duration_s),
        duration_s=figures.duration_s,
        offered_per_s=figures.offered_per_s,
        achieved_per_s=figures.achieved_per_s,
        p95_us={variant: figures.response_us(variant, 0.95) for variant in figures.variants},
        errors={variant: account.failed for variant, account in accounts.items()},
        requests={variant: account.completed + account.failed for variant, account in accounts.items()},
        lateness_p99_us=figures.lateness_us(0.99),
        dropped=total.dropped,
        in_flight=total.open,
        state=progress.state,
    )
