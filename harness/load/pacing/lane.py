"""The arrivals of one user class and variant on one side, the users that wait for them on the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from harness.record.histograms.window import LiveWindow

NEVER_S = float("inf")


class VirtualUser(Protocol):
    """A user that can be given an arrival."""

    def arrive(self, due_s: float, variant: int, window: LiveWindow) -> None:
        """Begin the arrival it runs next."""


@dataclass(frozen=True)
class Batch:
    """Consecutive arrivals of one lane in one window; `due_s` is in the clock's time."""

    due_s: list[float]
    variants: list[int]
    window: LiveWindow


class LanePlan(NamedTuple):
    """The arrivals of a lane in one stage, and how many of its users take turns."""

    batches: Iterable[Batch]
    users: int


IdleUser = tuple[VirtualUser, Callable[[], Any]]
"""A user that waits, and what switches into it."""


class Lane:
    """The arrivals of one user class and variant, and the users waiting for them.

    `idle` users take turns: whoever has waited longest is next, so that the sessions, connections and cookies
    of all of them share the load. The others are held in reserve until all those are busy: an idle connection
    of a user whose turn came too rarely would have been closed by the service.
    """

    def __init__(self) -> None:
        self.idle: deque[IdleUser] = deque()
        self._reserve: list[IdleUser] = []
        self.next_due_s = NEVER_S
        self.due: list[float] = []
        self.variants: list[int] = []
        self.position = 0
        self.window: LiveWindow | None = None
        self._batches: Iterator[Batch] = iter(())

    def load(self, plan: LanePlan) -> None:
        """Start on a new sequence of arrivals."""
        users = [*self.idle, *self._reserve]
        self.idle, self._reserve = deque(users[: plan.users]), users[plan.users :]
        self._batches = iter(plan.batches)
        self._next_batch()

    def leave(self, entry: IdleUser) -> None:
        """Forget a user that waited and has been ended."""
        for waiting in (self.idle, self._reserve):
            if entry in waiting:
                waiting.remove(entry)

    def refill(self) -> None:
        """Take a user out of the reserve: the last one that was idle has got an arrival."""
        if self._reserve:
            self.idle.append(self._reserve.pop())

    def hand_over(self, user: VirtualUser) -> None:
        """Give the next arrival to a user."""
        window = self.window
        assert window is not None
        variant = self.variants[self.position]
        window.accounts[variant].open += 1
        user.arrive(self.next_due_s, variant, window)
        self._advance()

    def drop(self) -> None:
        """Drop the next arrival: no user could start it in time."""
        assert self.window is not None
        self.window.accounts[self.variants[self.position]].dropped += 1
        self._advance()

    def drop_until(self, now_s: float) -> int:
        """Drop every arrival due by `now_s`; return how many."""
        dropped = 0
        while self.next_due_s <= now_s:
            self.drop()
            dropped += 1
        return dropped

    def cancel(self) -> None:
        """Forget the arrivals that are not due yet, as if they had never been planned."""
        if self.window is not None:
            for variant in self.variants[self.position :]:
                self.window.accounts[variant].due -= 1
            self.window.unsent -= 1
            self.window = None
        self._batches = iter(())
        self.next_due_s = NEVER_S

    def backlog(self, now_s: float) -> int:
        """Arrivals of the current batch that are due and not handed over."""
        waiting = 0
        for due_s in self.due[self.position :] if self.window else ():
            if due_s > now_s:
                break
            waiting += 1
        return waiting

    def _advance(self) -> None:
        self.position += 1
        if self.position < len(self.due):
            self.next_due_s = self.due[self.position]
        else:
            self._next_batch()

    def _next_batch(self) -> None:
        for batch in self._batches:
            if self.window is not batch.window:
                self._leave_window()
                self.window = batch.window
            for variant in set(batch.variants):
                batch.window.accounts[variant].due += batch.variants.count(variant)
            if batch.due_s:
                self.due, self.variants, self.position = batch.due_s, batch.variants, 0
                self.next_due_s = self.due[0]
                return
        self._leave_window()
        self.next_due_s = NEVER_S

    def _leave_window(self) -> None:
        if self.window is not None:
            self.window.unsent -= 1
            self.window = None
