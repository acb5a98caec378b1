"""The funnel for what happens in a run: every event is written and announced here."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable

from harness.process.view_guard import ViewGuard
from harness.record.events.event import Event
from harness.record.files.foreign_file import append_foreign, is_missing, open_foreign
from harness.record.run_directory import RunDirectory
from harness.rollout.listeners import Announcer


class EvidenceError(Exception):
    """What happens can no longer be recorded; the text says where and why."""


class EventLog:
    """Writes events to a run directory and announces each; `now_s` returns the run's time in seconds."""

    def __init__(
        self,
        run: RunDirectory,
        now_s: Callable[[], float],
        listeners: Iterable[Callable[[Event], object]] = (),
        guard: ViewGuard | None = None,
    ) -> None:
        self.now_s = now_s
        self._run = run
        self._announce = Announcer(listeners, guard)
        self._is_broken = False

    @classmethod
    def resume(cls, run: RunDirectory, epoch_clock: Callable[[], float] = time.time) -> EventLog:
        """Return a log that continues the events of a run that has ended, perhaps by a kill.

        On a disk without room it records nothing, but what is done is done.
        """
        log = cls(run, lambda: round(epoch_clock() - run.run["epoch_s"], 3))
        try:
            _end_last_line(run)
        except OSError:
            log._is_broken = True
        return log

    def __call__(self, event: Event) -> None:
        """Write an event and announce it; raises EvidenceError the first time that it cannot.

        That ends the run. The way back, which is told here as well, must not end with the evidence: from then
        on an event that cannot be written is lost.
        """
        try:
            self._run.append_event(event)
        except OSError as error:
            if not self._is_broken:
                self._is_broken = True
                why = f"{error.filename} {error.strerror}" if error.filename else error.strerror
                raise EvidenceError(f"{self._run.path} can no longer be written: {why}") from None
        self._announce(event)


def _end_last_line(run: RunDirectory) -> None:
    """End a half-written last line, which a kill may leave, so that the next event has a line of its own."""
    path = run.path / "events.jsonl"
    if is_missing(path):
        return
    with open_foreign(path) as file:
        size_bytes = file.seek(0, os.SEEK_END)
        file.seek(max(size_bytes - 1, 0))
        last = file.read(1)
    if last not in (b"", b"\n"):
        append_foreign(path, b"\n")
