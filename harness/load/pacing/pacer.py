"""Hands due arrivals to idle users, on time.

Every user class has a lane for each variant: idle users wait on one side, arrivals in order of their due
time on the other. When the timer fires, the hub switches straight into one idle user per due arrival, the
oldest first. When no user of a lane is idle its arrivals wait; a user that becomes idle takes the oldest of
them at once. Nothing is queued in memory: the backlog is the distance between the lane's position in the
schedule and now.

The pacer also measures itself: every few milliseconds it notes how late the event loop woke it. That
lateness is the generator's own fault; waiting for an idle user is not. It wakes no more often than the loop
manages to: where the CPU is scarce, arrivals that are due together leave together and cost less.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from harness.load.pacing.timer import Timer
from harness.record.histograms.window import LiveWindow

# How often the hub's own lateness is measured.
BEAT_S = 0.005
# Time between two wake-ups: a shorter one costs CPU and no p95 would show it; a longer one is never used,
# however late the hub is.
MIN_GAP_S, MAX_GAP_S = 0.0001, 0.001
# Weight of one wake-up in the moving mean of their lateness.
_SMOOTHING = 0.01
_TAKEN_PER_PAUSE = 32
_NEVER = float("inf")


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
        self.next_due_s = _NEVER
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

    def next_user(self) -> IdleUser:
        """Return the user whose turn it is; some are `idle`."""
        entry = self.idle.popleft()
        if not self.idle and self._reserve:
            self.idle.append(self._reserve.pop())
        return entry

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
        self.next_due_s = _NEVER

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
            for variant in (0, 1):
                batch.window.accounts[variant].due += batch.variants.count(variant)
            if batch.due_s:
                self.due, self.variants, self.position = batch.due_s, batch.variants, 0
                self.next_due_s = self.due[0]
                return
        self._leave_window()
        self.next_due_s = _NEVER

    def _leave_window(self) -> None:
        if self.window is not None:
            self.window.unsent -= 1
            self.window = None


class Pacer:
    """All lanes of one process under one timer.

    `max_lateness_s` is how long an arrival may wait for an idle user before it is dropped.
    `make_timer` builds the timer from its callback; `clock` is `time.perf_counter`; `switch_to_hub`
    suspends the calling greenlet until it is woken, `pause` until the hub had its turn; `run_soon` has
    the hub call something in that turn.
    """

    def __init__(
        self,
        make_timer: Callable[[Callable[[], None]], Timer],
        clock: Callable[[], float],
        switch_to_hub: Callable[[], Any],
        run_soon: Callable[[Callable[[], None]], Any],
        pause: Callable[[], Any],
    ) -> None:
        self._timer = make_timer(self._on_timer)
        self._clock = clock
        self._switch_to_hub = switch_to_hub
        self._run_soon = run_soon
        self._pause = pause
        self._armed_s = _NEVER
        self._earliest_s = 0.0
        self._wakes_late_s = 0.0
        self._taken = 0
        self._lanes: dict[Hashable, Lane] = {}
        self._next_beat_s = _NEVER
        self._hub_series: Callable[[float], list[float]] | None = None
        self.max_lateness_s = _NEVER
        self.saturated = 0

    def lane(self, key: Hashable) -> Lane:
        """Return the lane of some users, for example those of one class and variant."""
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane()
        return lane

    def start(
        self,
        plans: Mapping[Any, LanePlan],
        at_s: float,
        max_lateness_s: float,
        hub_series: Callable[[float], list[float]],
    ) -> None:
        """Begin a stage at `at_s`; `hub_series` finds the list for the hub's lateness at a moment."""
        self.max_lateness_s = max_lateness_s
        self.saturated = 0
        self._hub_series = hub_series
        self._next_beat_s = at_s
        for key, plan in plans.items():
            self.lane(key).load(plan)
        self._arm(at_s)

    def stop(self) -> None:
        """End the stage: what is due and cannot start now is dropped, what is not due yet never was."""
        now_s = self._clock()
        # The timer may be a wake-up behind; only the hub may switch into users.
        self._run_soon(self._on_timer)
        self._pause()
        for lane in self._lanes.values():
            lane.drop_until(now_s)
            lane.cancel()
        self._next_beat_s = _NEVER

    def close(self) -> None:
        """Free the timer."""
        self._timer.close()

    def wait_for_arrival(self, user: VirtualUser, wake: Callable[[], Any], lane: Lane) -> None:
        """Block the user's greenlet until it was handed an arrival of its lane; `wake` switches into it."""
        if lane.next_due_s <= self._clock() and self._take_waiting(lane, user):
            return
        if not lane.idle and lane.next_due_s < self._armed_s:
            # The timer passed over a lane without idle users.
            self._arm(max(lane.next_due_s, self._earliest_s))
        entry = (user, wake)
        lane.idle.append(entry)
        try:
            self._switch_to_hub()
        except BaseException:
            lane.leave(entry)
            raise

    def backlog(self) -> int:
        """Arrivals due and not handed over."""
        now_s = self._clock()
        return sum(lane.backlog(now_s) for lane in self._lanes.values())

    def _take_waiting(self, lane: Lane, user: VirtualUser) -> bool:
        """Give the oldest waiting arrival that is not too old to `user`."""
        now_s = self._clock()
        lane.drop_until(now_s - self.max_lateness_s)
        if lane.next_due_s > now_s:
            return False
        lane.hand_over(user)
        # A task that never blocks must not keep the hub from its other work.
        self._taken += 1
        if self._taken % _TAKEN_PER_PAUSE == 0:
            self._pause()
        return True

    def _arm(self, at_s: float) -> None:
        self._armed_s = at_s
        self._timer.arm(at_s)

    def _on_timer(self) -> None:
        now_s = self._clock()
        if self._armed_s <= now_s:
            self._wakes_late_s += _SMOOTHING * (now_s - self._armed_s - self._wakes_late_s)
        self._beat(now_s)
        while lane := self._first_due(now_s):
            user, wake = lane.next_user()
            lane.hand_over(user)
            wake()
            now_s = self._clock()
        next_s = self._next_beat_s
        for lane in self._lanes.values():
            if lane.next_due_s <= now_s:
                self.saturated += 1
            else:
                next_s = min(next_s, lane.next_due_s)
        self._armed_s = _NEVER
        if next_s < _NEVER:
            self._earliest_s = now_s + min(max(self._wakes_late_s, MIN_GAP_S), MAX_GAP_S)
            self._arm(max(next_s, self._earliest_s))

    def _first_due(self, now_s: float) -> Lane | None:
        """Return the lane of the oldest arrival due that some user is idle for."""
        first = None
        for lane in self._lanes.values():
            if lane.next_due_s <= now_s and lane.idle:
                first, now_s = lane, lane.next_due_s
        return first

    def _beat(self, now_s: float) -> None:
        # Each missed beat is recorded as well: a freeze of a second is many late beats, not one.
        while self._next_beat_s <= now_s:
            assert self._hub_series is not None
            self._hub_series(self._next_beat_s).append(now_s - self._next_beat_s)
            self._next_beat_s += BEAT_S
