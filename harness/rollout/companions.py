"""The processes beside a run: one sends the probes, one evaluates the run while it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Protocol

from harness.judge.notices import Notice
from harness.process.child import ChildError
from harness.record.events.run import ProbeFailed
from harness.rollout.event_log import EventLog


class Companion(Protocol):
    """A process beside the run."""

    def notices(self) -> Sequence[Notice]:
        """Return what it found since the last call."""

    def problem(self) -> str | None:
        """Say why it ended before its time; None while it runs."""

    def stop(self) -> None:
        """End it."""


class Companions:
    """Starts and ends the processes beside a run; one that fails becomes an event, and the run goes on."""

    def __init__(self, log: EventLog, starts: Sequence[Callable[[], Companion | None]]) -> None:
        self._log = log
        self._starts = starts
        self._running: list[Companion] = []

    def __enter__(self) -> Companions:
        for start in self._starts:
            try:
                if (companion := start()) is not None:
                    self._running.append(companion)
            except ChildError as error:
                self._log(ProbeFailed(t_s=self._log.now_s(), reason=str(error)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for companion in self._running:
            if problem := companion.problem():
                self._log(ProbeFailed(t_s=self._log.now_s(), reason=problem))
            with suppress(OSError):
                companion.stop()

    def notices(self) -> Iterator[Notice]:
        """Yield what any of them found since the last call."""
        for companion in self._running:
            yield from companion.notices()
