"""The pacer hands arrivals over on time; tested with a clock that only moves when told to."""

import greenlet
import pytest

from harness.load.pacing.lane import Batch, LanePlan
from harness.load.pacing.pacer import BEAT_S, MAX_GAP_S, MIN_GAP_S, Pacer
from harness.record.histograms.window import LiveWindow


class FakeTimer:
    """Remembers when it was asked to fire."""

    def __init__(self, callback):
        self.callback = callback
        self.at_s = None

    def arm(self, at_s):
        self.at_s = at_s

    def close(self):
        self.at_s = None


class World:
    """A pacer in a world of one hub (the test itself) and a clock moved by hand."""

    def __init__(self, max_lateness_s=10.0):
        self.now_s = 0.0
        self.window = LiveWindow(0.0, 1.0)
        self.hub = greenlet.getcurrent()
        self.pacer = Pacer(
            self._make_timer, lambda: self.now_s, self.hub.switch, lambda call: call(), lambda: None
        )
        self.max_lateness_s = max_lateness_s

    def _make_timer(self, callback):
        self.timer = FakeTimer(callback)
        return self.timer

    def start(self, due_s, variants=None, classes=None, users=99):
        classes = classes or [User]
        batch = [Batch(list(due_s), variants or [0] * len(due_s), self.window)]
        self.window.unsent = len(classes)
        self.pacer.start(
            dict.fromkeys(classes, LanePlan(batch, users)), 0.0, self.max_lateness_s, self._hub_series
        )

    def _hub_series(self, _at_s):
        return self.window.hub.values_s

    def run_until(self, end_s, late_s=0.0):
        """Fire the timer as the hub would, never early and `late_s` late; return how often it did."""
        fired = 0
        while self.timer.at_s is not None and self.timer.at_s <= end_s:
            self.now_s, self.timer.at_s = max(self.now_s, self.timer.at_s + late_s), None
            self.timer.callback()
            fired += 1
        self.now_s = max(self.now_s, end_s)
        return fired


class User:
    """Takes arrivals and needs `busy_s` for each, or for ever."""

    def __init__(self, world, keeps=False):
        self.world = world
        self.taken = []
        self.keeps = keeps
        self.greenlet = greenlet.greenlet(self.run)
        self.greenlet.switch()

    def arrive(self, due_s, variant, window):
        self.taken.append((due_s, variant, self.world.now_s))

    def run(self):
        while True:
            entry = self, self.greenlet.switch
            self.world.pacer.wait_for_arrival(entry, self.world.pacer.lane(type(self)))
            if self.keeps:
                self.world.hub.switch()


def test_arrivals_are_handed_over_when_they_are_due():
    world = World()
    user = User(world)
    world.start([0.1, 0.2, 0.3])
    world.run_until(1)
    assert [taken[0] for taken in user.taken] == [0.1, 0.2, 0.3]
    assert all(at - due == pytest.approx(0, abs=0.001) for due, _, at in user.taken)


def test_an_arrival_with_no_idle_user_waits_and_goes_to_the_first_that_is_free():
    world = World()
    user = User(world, keeps=True)
    world.start([0.1, 0.2])
    world.run_until(0.5)
    assert [due for due, _, _ in user.taken] == [0.1]
    assert world.pacer.backlog() == 1
    assert world.pacer.saturated
    user.greenlet.switch()
    assert user.taken[1] == (0.2, 0, 0.5)


def test_users_take_turns():
    world = World()
    users = [User(world) for _ in range(3)]
    world.start([0.1 * n for n in range(1, 7)])
    world.run_until(1)
    assert [len(user.taken) for user in users] == [2, 2, 2]


def test_users_beyond_those_that_take_turns_wait_until_all_of_these_are_busy():
    world = World()
    users = [User(world, keeps=True) for _ in range(3)]
    world.start([0.1, 0.2, 0.3], users=2)
    world.run_until(0.25)
    assert [len(user.taken) for user in users] == [1, 1, 0]
    world.run_until(0.35)
    assert [len(user.taken) for user in users] == [1, 1, 1]


def test_of_several_lanes_the_oldest_arrival_is_handed_over_first():
    class Other(User):
        pass

    world = World()
    order, plans = [], {}
    for cls, due_s in ((User, [0.1, 0.3]), (Other, [0.2, 0.4])):
        for user in (cls(world, keeps=True), cls(world, keeps=True)):
            user.arrive = lambda due_s, variant, window: order.append(due_s)
        plans[cls] = LanePlan([Batch(due_s, [0, 0], world.window)], 9)
    world.pacer.start(plans, 0.0, 10.0, world._hub_series)
    world.now_s = 0.5
    world.timer.callback()
    assert order == [0.1, 0.2, 0.3, 0.4]


def test_after_a_backlog_is_worked_off_the_next_arrival_is_on_time_again():
    world = World()
    user = User(world, keeps=True)
    world.start([0.1, 0.2, 0.9])
    world.run_until(0.5)
    user.greenlet.switch()
    user.greenlet.switch()
    world.run_until(1)
    assert user.taken[2][2] == pytest.approx(0.9, abs=0.001)


def test_an_arrival_that_waited_too_long_is_dropped_and_counted():
    world = World(max_lateness_s=0.15)
    user = User(world, keeps=True)
    world.start([0.1, 0.2, 0.45], variants=[0, 1, 0])
    world.run_until(0.5)
    user.greenlet.switch()
    assert [due for due, _, _ in user.taken] == [0.1, 0.45]
    assert world.window.accounts[1].dropped == 1


def test_stopping_drops_what_is_due_and_forgets_what_is_not():
    world = World()
    user = User(world, keeps=True)
    world.start([0.1, 0.2, 0.9], variants=[0, 0, 1])
    world.run_until(0.5)
    world.pacer.stop()
    baseline, canary, *_ = world.window.accounts
    assert (baseline.due, baseline.open, baseline.dropped) == (2, 1, 1)
    assert (canary.due, canary.dropped) == (0, 0)
    assert world.window.unsent == 0
    assert user.taken == [(0.1, 0, pytest.approx(0.1))]


def test_a_window_is_used_up_when_every_lane_has_passed_it():
    class Other(User):
        pass

    world = World()
    User(world)
    world.start([0.1], classes=[User, Other])
    world.run_until(0.5)
    assert world.window.unsent == 1
    Other(world)
    assert world.window.unsent == 0


def test_the_hub_measures_its_own_lateness_at_every_beat():
    world = World()
    world.start([])
    world.run_until(1)
    assert len(world.window.hub.values_s) == pytest.approx(1 / BEAT_S, rel=0.05)
    assert max(world.window.hub.values_s) < 0.001


def test_a_freeze_of_the_hub_counts_as_many_late_beats():
    world = World()
    world.start([])
    world.run_until(0.1)
    world.now_s = 0.6
    world.run_until(0.6)
    late = [value for value in world.window.hub.values_s if value > 0.01]
    assert len(late) == pytest.approx(0.5 / BEAT_S, abs=3)
    assert max(late) == pytest.approx(0.5, abs=0.01)


def test_a_killed_user_is_handed_nothing_any_more():
    world = World()
    user, other = User(world), User(world)
    with pytest.raises(RuntimeError):
        other.greenlet.throw(RuntimeError)
    world.start([0.1])
    world.run_until(0.5)
    assert len(user.taken) == 1
    assert not other.taken


CLOSE_S = [number * 0.00002 for number in range(50_000)]
"""Arrivals of one second, much closer to each other than the hub can wake."""


@pytest.mark.parametrize(("late_s", "gap_s"), [(0.0, MIN_GAP_S), (0.0004, 0.0004), (0.05, MAX_GAP_S)])
def test_the_pacer_wakes_no_more_often_than_the_hub_manages_to(late_s, gap_s):
    world = World()
    user = User(world)
    world.start(CLOSE_S)
    fired = world.run_until(1, late_s)
    assert fired == pytest.approx(1 / (gap_s + late_s), rel=0.1)
    world.run_until(2, late_s)
    assert len(user.taken) == len(CLOSE_S)


def test_a_user_that_comes_back_does_not_wake_the_pacer_early():
    world = World()
    User(world)
    busy = User(world, keeps=True)
    world.start([0.1, 0.10005])
    world.run_until(0.1)
    before_s = world.timer.at_s
    busy.greenlet.switch()
    assert world.timer.at_s == before_s == pytest.approx(0.1 + MIN_GAP_S)


def test_an_arrival_due_just_before_the_end_is_started_although_the_timer_is_behind():
    world = World()
    user = User(world)
    world.start([0.1, 0.10005])
    world.run_until(0.1)
    world.now_s = 0.10007
    world.pacer.stop()
    assert [due for due, _, _ in user.taken] == [0.1, 0.10005]
    assert world.window.accounts[0].dropped == 0
