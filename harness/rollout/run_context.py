"""What a run works with: its directory, who sends the load, the clock, and who watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from harness.load.backend import LoadBackend, LoadSnapshot
from harness.plan.model import Plan
from harness.record.run_directory import RunDirectory
from harness.rollout.pulse import Pulse


@dataclass(frozen=True)
class RunProgress:
    """Where a stage stands, for whoever watches; times in seconds."""

    plan: Plan
    index: int
    state: str
    elapsed_s: float
    standing: LoadSnapshot
    pulse: Pulse


class Watcher(Protocol):
    """Someone who is told how the run goes on; called several times a second."""

    def __call__(self, progress: RunProgress) -> None:
        """Take note."""


@dataclass(frozen=True)
class RunContext:
    """``clock`` is the crew's, ``t0_s`` its reading at t = 0 of the run; ``sleep`` lets the load run."""

    run: RunDirectory
    backend: LoadBackend
    clock: Callable[[], float]
    t0_s: float
    sleep: Callable[[float], Any]
    watch: Watcher

    def run_time_s(self, at_s: float | None = None) -> float:
        """Return a reading of the clock, now if left out, as seconds since t = 0 of the run."""
        return round((self.clock() if at_s is None else at_s) - self.t0_s, 6)

    def event(self, event: str, /, **fields: Any) -> None:
        """Write an event that happens now."""
        self.event_at(self.clock(), event, **fields)

    def event_at(self, at_s: float, event: str, /, **fields: Any) -> None:
        """Write an event; ``at_s`` in the clock's time."""
        self.run.append_event({"t_s": self.run_time_s(at_s), "event": event, **fields})
