"""What a run works with: its directory and log, the source of its windows, the clock, and who listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.record.progress import RunProgress, StageWindow
from harness.record.run_directory import RunDirectory
from harness.record.sources.wall_clock import WallClock
from harness.record.window_source import WindowSource
from harness.rollout.event_log import EventLog
from harness.rollout.listeners import Announcer


@dataclass(frozen=True)
class RunContext:
    """`clock` is the source's, `t0_s` its reading at t = 0 of the run; `sleep` lets the load run.

    `wall` is the source's too: where it follows the wall clock, it begins a stage at the moment that `wall`
    says.

    Listeners are called in the run's own thread, so what they do delays the load: those to `windows` as a
    window closes, those to `progress` several times a second.
    """

    run: RunDirectory
    log: EventLog
    source: WindowSource
    clock: Callable[[], float]
    wall: WallClock
    t0_s: float
    sleep: Callable[[float], Any]
    windows: Announcer[StageWindow]
    progress: Announcer[RunProgress]

    def run_time_s(self, at_s: float) -> float:
        """Return a reading of the clock as seconds since t = 0 of the run."""
        return round(at_s - self.t0_s, 6)
