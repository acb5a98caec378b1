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

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from harness.load.pacing.lane import NEVER_S, IdleUser, Lane, LanePlan, VirtualUser
from harness.load.pacing.timer import Timer

# How often the hub's own lateness is measured.
BEAT_S = 0.005
# Time between two wake-ups: a shorter one costs CPU and no p95 would show it; a longer one is never used,
# however late the hub is.
MIN_GAP_S, MAX_GAP_S = 0.0001, 0.001
# Weight of one wake-up in the moving mean of their lateness.
_SMOOTHING = 0.01
_TAKEN_PER_PAUSE = 32


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
        self.pause = pause
        self._armed_s = NEVER_S
        self._earliest_s = 0.0
        self._wakes_late_s = 0.0
        self._taken = 0
        self._lanes: dict[Hashable, Lane] = {}
        self._running: list[Lane] = []
        self._next_beat_s = NEVER_S
        self._hub_series: Callable[[float], list[float]] | None = None
        self.max_lateness_s = NEVER_S
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
        self._running = [self.lane(key) for key in plans]
        for lane, plan in zip(self._running, plans.values(), strict=True):
            lane.load(plan)
        self._arm(at_s)

    def stop(self) -> None:
        """End the stage: what is due and cannot start now is dropped, what is not due yet never was."""
        now_s = self._clock()
        # The timer may be a wake-up behind; only the hub may switch into users.
        self._run_soon(self._on_timer)
        self.pause()
        for lane in self._lanes.values():
            lane.drop_until(now_s)
            lane.cancel()
        self._next_beat_s = NEVER_S

    def close(self) -> None:
        """Free the timer."""
        self._timer.close()

    def wait_for_arrival(self, entry: IdleUser, lane: Lane) -> None:
        """Block the user's greenlet until it was handed an arrival of its lane."""
        if lane.next_due_s <= self._clock() and self._take_waiting(lane, entry[0]):
            return
        if not lane.idle and lane.next_due_s < self._armed_s:
            # The timer passed over a lane without idle users.
            self._arm(max(lane.next_due_s, self._earliest_s))
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
            self.pause()
        return True

    def _arm(self, at_s: float) -> None:
        self._armed_s = at_s
        self._timer.arm(at_s)

    def _on_timer(self) -> None:
        now_s = self._clock()
        if self._armed_s <= now_s:
            self._wakes_late_s += _SMOOTHING * (now_s - self._armed_s - self._wakes_late_s)
        self._beat(now_s)
        lanes = self._running
        while True:
            first, first_s = None, now_s
            for lane in lanes:
                due_s = lane.next_due_s
                if due_s <= first_s and lane.idle:
                    first, first_s = lane, due_s
            if first is None:
                break
            user, wake = first.idle.popleft()
            if not first.idle:
                first.refill()
            first.hand_over(user)
            wake()
            now_s = self._clock()
        next_s = self._next_beat_s
        for lane in lanes:
            if lane.next_due_s <= now_s:
                self.saturated += 1
            else:
                next_s = min(next_s, lane.next_due_s)
        self._armed_s = NEVER_S
        if next_s < NEVER_S:
            self._earliest_s = now_s + min(max(self._wakes_late_s, MIN_GAP_S), MAX_GAP_S)
            self._arm(max(next_s, self._earliest_s))

    def _beat(self, now_s: float) -> None:
        # Each missed beat is recorded as well: a freeze of a second is many late beats, not one.
        while self._next_beat_s <= now_s:
            assert self._hub_series is not None
            self._hub_series(self._next_beat_s).append(now_s - self._next_beat_s)
            self._next_beat_s += BEAT_S
