"""The background processes of a run: one sends the probes, one evaluates the run while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Protocol

from harness.judge.notices import Notice
from harness.process.child import ChildError
from harness.record.events.run import ProbeFailed
from harness.rollout.event_log import EventLog


class BackgroundProcess(Protocol):
    """A process that works beside the run."""

    def until_ready(self) -> object:
        """Wait until it works; raises ChildError."""

    def notices(self) -> Sequence[Notice]:
        """Return what it found since the last call."""

    def problem(self) -> str | None:
        """Say why it ended before its time; None while it runs."""

    def stop(self) -> None:
        """End it."""


class BackgroundProcesses:
    """Starts and ends the processes of a run; one that fails becomes an event, and the run goes on."""

    def __init__(self, log: EventLog, starts: Sequence[Callable[[], BackgroundProcess | None]]) -> None:
        self._log = log
        self._starts = starts
        self._running: list[BackgroundProcess] = []

    def __enter__(self) -> BackgroundProcesses:
        # Each takes up to a second to load its modules, so all do it at the same time.
        for process in [process for start in self._starts if (process := start()) is not None]:
            try:
                process.until_ready()
                self._running.append(process)
            except ChildError as error:
                self._log(ProbeFailed(t_s=self._log.now_s(), reason=str(error)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._running:
            if problem := process.problem():
                self._log(ProbeFailed(t_s=self._log.now_s(), reason=problem))
            with suppress(OSError):
                process.stop()

    def notices(self) -> Iterator[Notice]:
        """Yield what any of them found since the last call."""
        for process in self._running:
            yield from process.notices()
