"""One process's share of the load: turns the stages of a plan into paced arrivals and windows."""

from __future__ import annotations

import gc
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from harness.load.blame import mistake_in
from harness.load.http.session import ClientContext
from harness.load.pacing.lane import Batch, LanePlan
from harness.load.pacing.pacer import Pacer
from harness.load.pacing.replayed_arrivals import ReplayedArrivals
from harness.load.pacing.schedule import Schedule
from harness.load.request_listeners import RequestListeners
from harness.plan.model import Plan
from harness.plan.rates.stage_rates import StageRates, level_rates
from harness.plan.stage import Stage
from harness.record.histograms.account import VARIANTS
from harness.record.histograms.collector import Collector
from harness.record.histograms.window import ClosedWindow, LiveWindow
from harness.record.mistakes import Mistake
from harness.record.sources.recorded_requests import RecordedRequests

# Longest slice of the schedule drawn at once: long enough to be cheap, short enough not to stall the hub.
_SLICE_S = 0.1
_GARBAGE_THRESHOLD = 5_000
# The users of a lane that take turns: so many that the same one is needed again after this time, and at least
# a few. Services close idle connections after some seconds.
_TURN_S, _MIN_TURNS = 2.0, 16
# From this rate on, opening connections in the first second of a stage would make its requests late. Below it
# none is opened before it is used: a service that serves one connection at a time would wait for the first
# request on an idle one, and make all others wait.
_AHEAD_FROM_PER_S = 1_000.0


class LaneKey(NamedTuple):
    """The users of one class that are bound to the same variant, to none behind a router."""

    user_class: type
    variant: int | None


@dataclass(frozen=True)
class WorkerShare:
    """The part of all arrivals a process sends: those whose number is `worker` modulo `workers`."""

    worker: int = 0
    workers: int = 1


class StageLoad:
    """The load of one stage while it runs."""

    def __init__(
        self,
        plan: Plan,
        index: int,
        classes: Sequence[type],
        lanes: Sequence[LaneKey],
        at_s: float,
        sink: Callable[[ClosedWindow], None],
        recorded: RecordedRequests | None = None,
        *,
        is_again: bool = False,
    ) -> None:
        stage = plan.stages[index]
        self.replayed = _replayed(plan, recorded)
        self.schedule = Schedule(
            _rates(plan, stage, self.replayed, is_again=is_again),
            _shares(plan, stage),
            (plan.seed, index),
            plan.sent.arrivals == "poisson",
            [float(getattr(user_class, "weight", 1)) for user_class in classes],
            self.replayed,
        )
        self.collector = Collector(sink, stage.endpoints)
        self.at_s = at_s
        self.ends_s = at_s + stage.duration_s
        self._interval_s = stage.interval_s
        self._classes = classes
        self._lanes = lanes
        self.running = True
        self._opened = 0
        self._discarded = LiveWindow(0.0, 0.0)

    def recorded_request(self, due_s: float) -> tuple[str, str]:
        """Return method and path of the replayed arrival that is due at a moment of the clock."""
        assert self.replayed is not None  # who asks replays
        return self.replayed.request_at(due_s - self.at_s)

    def lane_plans(self, share: WorkerShare) -> dict[LaneKey, LanePlan]:
        """Return the arrivals of every lane, and how many of its users take turns."""
        rate_per_s = self.schedule.rates.total.mean_per_s / share.workers
        return {
            lane: LanePlan(
                self._batches(lane, share), _taking_turns(lane.variant, rate_per_s, self.schedule.shares)
            )
            for lane in self._lanes
        }

    def _batches(self, lane: LaneKey, share: WorkerShare) -> Iterator[Batch]:
        """Yield the arrivals of one lane, piece by piece, in the clock's time."""
        class_index = self._classes.index(lane.user_class)
        pieces = math.ceil(self._interval_s / _SLICE_S)
        for number, part in enumerate(self.schedule.slices(self._interval_s / pieces)):
            window = self._window(number // pieces)
            mine = part.share(share.worker, share.workers)
            chosen = mine.user_class == class_index
            if lane.variant is not None:
                chosen &= mine.variant == lane.variant
            yield Batch((mine.due_s[chosen] + self.at_s).tolist(), mine.variant[chosen].tolist(), window)

    def hub_lateness(self, at_s: float) -> list[float]:
        """Return the list for the hub's lateness at a moment: that of its window, whatever the users do."""
        return self.window_at(at_s).hub.values_s

    def window_at(self, at_s: float) -> LiveWindow:
        """Return the window of a moment; the nearest one that is still open, or one that is not kept."""
        last = math.ceil(self.schedule.duration_s / self._interval_s - 1e-9) - 1
        closed = self._opened - len(self.collector.open)
        number = max(min(int((at_s - self.at_s) / self._interval_s), last), closed, 0)
        return self._window(number) if number <= last else self._discarded

    def _window(self, number: int) -> LiveWindow:
        while self._opened <= number:
            start_s = self._opened * self._interval_s
            window = self.collector.window(start_s, min(self._interval_s, self.schedule.duration_s - start_s))
            window.unsent = len(self._lanes)
            self._opened += 1
        # A window with arrivals that some class still has to hand out cannot be closed, so it is still open.
        return self.collector.open[number - self._opened]


def _replayed(plan: Plan, recorded: RecordedRequests | None) -> ReplayedArrivals | None:
    replay = plan.sent.replay
    return None if replay is None or recorded is None else ReplayedArrivals(recorded, replay.factor)


def _rates(plan: Plan, stage: Stage, replayed: ReplayedArrivals | None, *, is_again: bool) -> StageRates:
    if replayed is not None:
        return level_rates(replayed.rate_per_s, stage.duration_s, plan.shares_of(stage))
    rates = plan.part_of(stage, is_again=is_again)
    assert rates is not None  # a plan that sends has rates, or a replay
    return rates


def _shares(plan: Plan, stage: Stage) -> tuple[Fraction, ...]:
    return tuple(plan.shares_of(stage).values())


def _taking_turns(variant: int | None, rate_per_s: float, shares: Sequence[Fraction]) -> int:
    """Return how many users of a lane take turns, of those that this process has.

    Behind a router all of them do: the router may tell them apart by a cookie.
    """
    if variant is None:
        return sys.maxsize
    return max(_MIN_TURNS, math.ceil(rate_per_s * _TURN_S * shares[variant]))


def _settle_garbage() -> None:
    """Keep the garbage collector from pausing the load to scan objects that live as long as the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_THRESHOLD, 20, 100)


class Generator:
    """Runs the stages of a plan in one process, one at a time."""

    def __init__(
        self,
        plan: Plan,
        client_context: ClientContext,
        pacer: Pacer,
        classes: Sequence[type],
        share: WorkerShare,
        listeners: RequestListeners,
        recorded: RecordedRequests | None = None,
    ) -> None:
        self.plan = plan
        self.client_context = client_context
        self.pacer = pacer
        self.classes = tuple(classes)
        self.share = share
        self.listeners = listeners
        self._recorded = recorded
        self.load: StageLoad | None = None
        self._lanes = [LaneKey(cls, variant) for cls in classes for variant in client_context.bindings]
        self._enlisted: Counter[LaneKey] = Counter()
        self._noted: list[Mistake] = []

    def enlist(self, user_class: type) -> LaneKey:
        """Return the lane of a new user: of the lanes of its class, the one with the fewest users so far."""
        lanes = [lane for lane in self._lanes if lane.user_class is user_class]
        lane = min(lanes, key=self._enlisted.__getitem__)
        self._enlisted[lane] += 1
        return lane

    def dismiss(self, lane: LaneKey) -> None:
        """Forget a user that has ended itself; the last one of a lane leaves its arrivals to nobody."""
        self._enlisted[lane] -= 1
        if not self._enlisted[lane]:
            whose = "" if lane.variant is None else f" of the {VARIANTS[lane.variant]}"
            self.note(mistake_in(lane.user_class, f"every user{whose} has ended itself"))

    def opens_ahead(self, key: LaneKey) -> bool:
        """Whether the user that was enlisted last in a lane opens its connection before the first stage.

        It does if it will take turns in a stage of a known and high rate.
        """
        rates = ((stage, self.plan.rate_of(stage) or 0.0) for stage in self.plan.stages)
        return any(
            self._enlisted[key] <= _taking_turns(key.variant, rate_per_s, _shares(self.plan, stage))
            for stage, rate_per_s in rates
            if rate_per_s >= _AHEAD_FROM_PER_S
        )

    def begin(
        self, index: int, at_s: float, sink: Callable[[ClosedWindow], None], *, is_again: bool = False
    ) -> StageLoad:
        """Schedule stage `index` to start at `at_s`; its windows go to `sink` as they close.

        `is_again` says that it goes on after its end: from its own rates, not from those before it.
        """
        _settle_garbage()
        load = self.load = StageLoad(
            self.plan, index, self.classes, self._lanes, at_s, sink, self._recorded, is_again=is_again
        )
        for mistake in self._noted:
            load.window_at(at_s).record_mistake(mistake)
        self._noted.clear()
        self.pacer.start(load.lane_plans(self.share), at_s, self.plan.sent.timeout_s, load.hub_lateness)
        return load

    def note(self, mistake: Mistake) -> None:
        """Count a mistake that belongs to no arrival; before the first stage it waits for it."""
        if self.load is None:
            self._noted.append(mistake)
        else:
            self.load.window_at(self.client_context.clock()).record_mistake(mistake)

    def poll(self) -> None:
        """Close the windows that can be closed, and bring Locust's statistics up to date."""
        if self.load is not None:
            self.load.collector.poll(self.pacer.pause)
        self.listeners.settle()

    def stop(self) -> None:
        """Start no more requests; those under way continue."""
        self.pacer.stop()
        if self.load is not None:
            self.load.running = False

    def give_up(self) -> None:
        """Start no more requests, fail those under way at their age, and close every window."""
        self.stop()
        self.client_context.expire(float("inf"))
        self.poll()
        if self.load is not None:
            self.load.collector.close_all()
