"""The funnel for what happens in a run: every event is written and announced here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from harness.record.events.event import Event
from harness.record.run_directory import RunDirectory
from harness.rollout.listeners import Announcer


class EventLog:
    """Writes events to a run directory and announces each; `now_s` returns the run's time in seconds."""

    def __init__(
        self,
        run: RunDirectory,
        now_s: Callable[[], float],
        listeners: Iterable[Callable[[Event], object]] = (),
    ) -> None:
        self.now_s = now_s
        self._run = run
        self._announce = Announcer(listeners)

    @classmethod
    def resume(cls, run: RunDirectory, epoch_clock: Callable[[], float] = time.time) -> EventLog:
        """Return a log that continues the events of a run that has ended, perhaps by a kill."""
        _end_last_line(run)
        return cls(run, lambda: round(epoch_clock() - run.run["epoch_s"], 3))

    def __call__(self, event: Event) -> None:
        """Write an event and announce it."""
        self._run.append_event(event)
        self._announce(event)


def _end_last_line(run: RunDirectory) -> None:
    """End a half-written last line, which a kill may leave, so that the next event has a line of its own."""
    path = run.path / "events.jsonl"
    if path.exists() and (text := path.read_bytes()) and not text.endswith(b"\n"):
        with path.open("ab") as file:
            file.write(b"\n")
