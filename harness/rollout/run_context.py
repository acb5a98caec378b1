"""What a run works with: its directory, the source of its windows, the clock, and who hears of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.record.run_directory import RunDirectory
from harness.record.window_source import WindowSource
from harness.rollout.listeners import Announcer, RunListeners


class RunContext:
    """`clock` is the source's, `t0_s` its reading at t = 0 of the run; `sleep` lets the load run."""

    def __init__(
        self,
        run: RunDirectory,
        source: WindowSource,
        clock: Callable[[], float],
        t0_s: float,
        sleep: Callable[[float], Any],
        listeners: RunListeners,
    ) -> None:
        self.run = run
        self.source = source
        self.clock = clock
        self.sleep = sleep
        self.announce_window = Announcer(listeners.windows)
        self.announce_progress = Announcer(listeners.progress)
        self._t0_s = t0_s
        self._announce_event = Announcer(listeners.events)

    def run_time_s(self, at_s: float | None = None) -> float:
        """Return a reading of the clock, by default now, as seconds since t = 0 of the run."""
        return round((self.clock() if at_s is None else at_s) - self._t0_s, 6)

    def event(self, event: str, /, **fields: Any) -> None:
        """Write an event that happens now, and announce it."""
        self.event_at(self.run_time_s(), event, **fields)

    def event_at(self, t_s: float, event: str, /, **fields: Any) -> None:
        """Write an event that happens at a run time, and announce it."""
        record = {"t_s": t_s, "event": event, **fields}
        self.run.append_event(record)
        self._announce_event(record)
