"""The arrival a user is running: when it was due, its variant, and its outcome."""

from __future__ import annotations

from collections.abc import Callable

from harness.load.errors import MarkedFailed
from harness.record.histograms.clocks import UNKNOWN_S, Timings
from harness.record.histograms.window import LiveWindow


class Arrival:
    """One user's place in the schedule, from one arrival to the next.

    The first request of an arrival counts its response time from the due time, further ones from their own
    send. Without an arrival (`on_start`) nothing is recorded.
    """

    __slots__ = ("_arrived_s", "_clock", "_planned", "due_s", "failed", "variant", "window")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.variant = self._planned = 0
        self.window: LiveWindow | None = None
        self.failed = False
        self.due_s: float | None = None
        self._arrived_s = 0.0

    def begin(self, due_s: float, variant: int, window: LiveWindow) -> None:
        """Begin an arrival: the next request is its first one."""
        self.due_s = self._arrived_s = due_s
        self.variant = self._planned = variant
        self.window = window
        self.failed = False

    def began(self, timings: Timings) -> None:
        """Note how late the arrival's first request was sent; `due_s` is None for its further ones."""
        due_s = self.due_s
        if due_s is not None:
            self.due_s = None
            if self.window is not None:
                self.window.sent.values_s.append(timings.sent_s - due_s)

    def record(self, variant: int, endpoint: str, error: Exception | None, timings: Timings) -> None:
        """Record a finished request."""
        window = self.window
        if window is None:
            return
        window.record(variant, endpoint, error is None, timings)
        if error is not None:
            self.failed = True
            window.record_error(variant, endpoint, str(error) or type(error).__name__)

    def task_raised(self, task: str, error: Exception) -> None:
        """Record a task that raised, as its own failure unless one of its requests failed."""
        if self.window is not None and not self.failed:
            timings = Timings(self._arrived_s, self._arrived_s, UNKNOWN_S, self._clock())
            error = MarkedFailed(f"{type(error).__name__}: {error}")
            self.record(self.variant, f"TASK {task}", error, timings)

    def end(self) -> None:
        """Account for the arrival, if there is one."""
        window, self.window = self.window, None
        if window is not None:
            account = window.accounts[self.variant]
            if self.failed:
                account.failed += 1
            else:
                account.completed += 1
            window.accounts[self._planned].open -= 1
