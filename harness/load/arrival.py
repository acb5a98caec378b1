"""The arrival a user is running: when it was due, its variant, and its outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from harness.load.blame import Blame, blame_before_the_service, mistake_of
from harness.load.errors import MarkedFailed
from harness.record.histograms.clocks import UNKNOWN_S, Timings
from harness.record.histograms.window import LiveWindow


class Unsettled(Protocol):
    """A finished request whose task has yet to say whether it was a success."""

    def settle(self) -> None:
        """Record it as it is."""


class Arrival:
    """One user's place in the schedule, from one arrival to the next.

    The first request of an arrival counts its response time from the due time, further ones from their own
    send. Without an arrival (`on_start`) nothing is recorded, and `variant` is the one the user is bound to.
    `under_way` counts requests that were begun and not recorded yet: an arrival ends with the last of them.
    """

    __slots__ = (
        "_arrived_s",
        "_clock",
        "_is_over",
        "_is_recorded",
        "_planned",
        "due_s",
        "failed",
        "runner",
        "under_way",
        "unsettled",
        "variant",
        "window",
    )

    def __init__(self, clock: Callable[[], float], variant: int = 0) -> None:
        self._clock = clock
        self.variant = self._planned = variant
        self.window: LiveWindow | None = None
        self.failed = False
        self.due_s: float | None = None
        self.runner: object = None
        """The greenlet of its user."""
        self._arrived_s = 0.0
        self.under_way = 0
        self.unsettled: list[Unsettled] = []
        self._is_over = self._is_recorded = False

    def begin(self, due_s: float, variant: int, window: LiveWindow) -> None:
        """Begin an arrival: the next request is its first one."""
        self.due_s = self._arrived_s = due_s
        self.variant = self._planned = variant
        self.window = window
        self.failed = self._is_recorded = False

    def depart(self) -> float | None:
        """Begin a request: return when it was due if it is the arrival's first one, else None."""
        due_s = self.due_s
        self.due_s = None
        self.under_way += 1
        return due_s

    def returned(
        self,
        variant: int,
        endpoint: str,
        error: Exception | None,
        timings: Timings,
        size_bytes: int | None = None,
        *,
        is_declared: bool = False,
    ) -> None:
        """Record the end of a request that was begun, and how late it was sent if it was the first one.

        `is_declared` says that its `error` is the load test's own word, not the service's answer.
        """
        self.under_way -= 1
        window = self.window
        if window is not None and (error is None or not _was_kept_from_the_service(error, window)):
            # Further requests were due when they were sent, after the arrival.
            if timings.due_s == self._arrived_s:
                window.sent.values_s.append(timings.sent_s - timings.due_s)
            if error is None:
                self._is_recorded = True
                window.record(variant, endpoint, True, timings, size_bytes)
            else:
                self._record_failure(window, variant, endpoint, error, timings, is_declared)
        if self._is_over and not self.under_way:
            self._account()

    def accepted(self, variant: int, method: str, name: str, kind: str) -> None:
        """Note that the task calls a request a success that failed; its end is recorded next."""
        if self.window is not None:
            self.window.record_accepted(variant, f"{method} {name}", kind)

    def redirected(self, variant: int, method: str, name: str, to: str | None) -> None:
        """Note where a successful request was redirected, if it was; its end is recorded next."""
        if self.window is not None and to is not None:
            self.window.record_redirected(variant, f"{method} {name}", to)

    @property
    def has_sent(self) -> bool:
        """Whether a request of the arrival was begun."""
        return self.due_s is None

    def task_raised(self, task: str, blame: Blame, error: Exception) -> None:
        """Record a task that raised, unless one of its requests failed: that explains the exception."""
        if self.window is None or self.failed or blame is Blame.NOBODY:
            return
        if blame is not Blame.SERVICE:
            self.window.record_mistake(mistake_of(blame, error))
            return
        timings = Timings(self._arrived_s, self._arrived_s, UNKNOWN_S, self._clock())
        error = MarkedFailed(f"{type(error).__name__}: {error}")
        self._record_failure(self.window, self.variant, f"TASK {task}", error, timings, is_declared=True)

    def end(self) -> bool:
        """End the arrival, if there is one; return False while requests of it are under way.

        Those still belong to it: their user needs another `Arrival` for its next one.
        """
        if self.unsettled:
            for response in tuple(self.unsettled):
                response.settle()
        if self.under_way:
            self._is_over = True
            return False
        if self.window is not None:
            self._account()
        return True

    def _record_failure(
        self,
        window: LiveWindow,
        variant: int,
        endpoint: str,
        error: Exception,
        timings: Timings,
        is_declared: bool,
    ) -> None:
        self.failed = self._is_recorded = True
        kind = str(error) or type(error).__name__
        window.record_error(variant, endpoint, kind, is_declared=is_declared)
        window.record(variant, endpoint, False, timings)

    def _account(self) -> None:
        window, self.window = self.window, None
        if window is not None:
            account = window.accounts[self.variant]
            if self.failed:
                account.failed += 1
            elif self._is_recorded:
                account.completed += 1
            else:
                account.dropped += 1
            window.accounts[self._planned].open -= 1


def _was_kept_from_the_service(error: Exception, window: LiveWindow) -> bool:
    """Whether nothing was sent because of this machine or a proxy, which is recorded: no request was made."""
    blame = blame_before_the_service(error)
    if blame is not None:
        window.record_mistake(mistake_of(blame, error))
    return blame is not None
