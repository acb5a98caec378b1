"""One process's share of the load: turns the stages of a plan into paced arrivals and windows."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from harness.load.http.session import ClientContext
from harness.load.pacing.pacer import Batch, Pacer
from harness.load.pacing.schedule import Schedule
from harness.load.request_listeners import RequestListeners
from harness.plan.model import Plan
from harness.record.histograms.collector import Collector
from harness.record.histograms.window import ClosedWindow, LiveWindow

# Longest slice of the schedule drawn at once: long enough to be cheap, short enough not to stall the hub.
_SLICE_S = 0.1
_GARBAGE_THRESHOLD = 5_000


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
        at_s: float,
        sink: Callable[[ClosedWindow], None],
    ) -> None:
        stage = plan.stages[index]
        self.schedule = Schedule(
            plan.rate_of(stage),
            stage.duration_s,
            stage.weight,
            (plan.seed, index),
            plan.load.arrivals == "poisson",
            [float(getattr(user_class, "weight", 1)) for user_class in classes],
        )
        self.collector = Collector(sink)
        self.at_s = at_s
        self.ends_s = at_s + stage.duration_s
        self._interval_s = stage.interval_s
        self._classes = classes
        self.running = True
        self._opened = 0
        self._discarded = LiveWindow(0.0, 0.0)

    def batches(self, class_index: int, share: WorkerShare) -> Iterator[Batch]:
        """Yield the arrivals of one user class, piece by piece, in the clock's time."""
        pieces = math.ceil(self._interval_s / _SLICE_S)
        for number, part in enumerate(self.schedule.slices(self._interval_s / pieces)):
            window = self._window(number // pieces)
            mine = part.share(share.worker, share.workers)
            chosen = mine.user_class == class_index
            yield Batch(
                (mine.due_s[chosen] + self.at_s).tolist(), mine.canary[chosen].astype(int).tolist(), window
            )

    def hub_lateness(self, at_s: float) -> list[float]:
        """Return the list for the hub's lateness at a moment: that of its window, if it is still open."""
        windows = self.collector.open
        begun = [window for window in windows if window.start_s <= at_s - self.at_s]
        window = begun[-1] if begun else windows[0] if windows else self._discarded
        return window.hub.values_s

    def _window(self, number: int) -> LiveWindow:
        while self._opened <= number:
            start_s = self._opened * self._interval_s
            window = self.collector.window(start_s, min(self._interval_s, self.schedule.duration_s - start_s))
            window.unsent = len(self._classes)
            self._opened += 1
        # A window with arrivals that some class still has to hand out cannot be closed, so it is still open.
        return self.collector.open[number - self._opened]


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
    ) -> None:
        self.plan = plan
        self.client_context = client_context
        self.pacer = pacer
        self.classes = tuple(classes)
        self.share = share
        self.listeners = listeners
        self.load: StageLoad | None = None

    def begin(self, index: int, at_s: float, sink: Callable[[ClosedWindow], None]) -> StageLoad:
        """Schedule stage `index` to start at `at_s`; its windows go to `sink` as they close."""
        _settle_garbage()
        load = self.load = StageLoad(self.plan, index, self.classes, at_s, sink)
        batches = {cls: load.batches(number, self.share) for number, cls in enumerate(self.classes)}
        self.pacer.start(batches, at_s, self.plan.load.timeout_s, load.hub_lateness)
        return load

    def poll(self) -> None:
        """Close the windows that can be closed, and bring Locust's statistics up to date."""
        if self.load is not None:
            self.load.collector.poll()
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
