"""The live evaluation of a run as a child process."""

from __future__ import annotations

import logging
from collections.abc import Callable

from harness.judge.notices import EarlyFailNotice, LevelNotice, Notice, TriggerNotice
from harness.live.evaluation.messages import FindingsSoFar, Message, Shown, StageStatus, from_line
from harness.process.child import Child
from harness.record.run_directory import RunDirectory

_LOG = logging.getLogger("harness")

MODULE = "harness.live.evaluation"
WITH_FINDINGS = "with-findings"


class EvaluationProcess:
    """Returns the notices of the process to its caller, and hands everything else to `show`."""

    def __init__(self, child: Child, show: Callable[[Shown], object]) -> None:
        self._child = child
        self._show = show

    @classmethod
    def start(
        cls, run: RunDirectory, show: Callable[[Shown], object], *, with_findings: bool
    ) -> EvaluationProcess:
        """Begin to evaluate a run, `with_findings` what the judge would find so far."""
        wanted = (WITH_FINDINGS,) if with_findings else ()
        return cls(Child.launch(MODULE, str(run.path), *wanted, hidden=run.overrides.secret_variables), show)

    def until_ready(self) -> None:
        """Wait until it looks; raises ChildError."""
        self._child.until_ready()

    def notices(self) -> list[Notice]:
        """Return the notices since the last call."""
        notices: list[Notice] = []
        for line in self._child.lines():
            match _read(line):
                case TriggerNotice() | EarlyFailNotice() | LevelNotice() as notice:
                    notices.append(notice)
                case StageStatus() | FindingsSoFar() as shown:
                    self._show(shown)
        return notices

    def problem(self) -> str | None:
        """Return a sentence when it has ended by itself, otherwise None."""
        return self._child.problem()

    def stop(self) -> None:
        """End it."""
        self._child.stop()


def _read(line: str) -> Message | None:
    try:
        return from_line(line)
    except ValueError as error:
        # Nothing that a child writes may end the run; the judge looks at the evidence once more.
        _LOG.error("the live evaluation wrote a line that is not a message: %s", error)
        return None
