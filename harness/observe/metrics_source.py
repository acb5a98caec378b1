"""Windows of real traffic, made of what the histograms of a service count between two looks at them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from harness.client.access import Access, accesses_of
from harness.observe.endpoints import EndpointNames
from harness.observe.metrics.bucket_window import BucketWindow
from harness.observe.metrics.pages import Counted, Get, MetricsPage, get_of, pages_of
from harness.plan.model import Plan
from harness.plan.traffic.label_match import matchers_of
from harness.plan.traffic.metrics import Metrics
from harness.plan.variant import Variant
from harness.record.histograms.account import new_accounts
from harness.record.histograms.readings.scrape_reading import ScrapeReading
from harness.record.histograms.tag import Tag
from harness.record.histograms.window import ClosedWindow
from harness.record.sources.wall_clock import WallClock
from harness.record.window_source import LoadSnapshot, ResourceUsage

_LOG = logging.getLogger("harness")
_MAX_THREADS: Final = 32
_GIVES_UP_WITHIN_S: Final = 6.0
_UNIT_US: Final = {"s": 1e6, "ms": 1e3}
_MAX_WARNINGS: Final = 20
Look = Callable[[MetricsPage], Sequence[Counted]]


class MetricsSource:
    """The source of a plan's windows; `clock` is the run's, `wall` the run's too.

    Every page is read when the stage begins and at the end of each interval, all at the same time.
    """

    lead_s = 0.25

    def __init__(
        self,
        plan: Plan,
        metrics: Metrics,
        wall: WallClock,
        get_of: Callable[[Access], Get] = get_of,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], Any] = time.sleep,
    ) -> None:
        self._plan, self._metrics = plan, metrics
        self._gets = {name: get_of(access) for name, access in accesses_of(plan, Variant).items()}
        self._wall, self._clock, self._sleep = wall, clock, sleep
        self._failed = matchers_of(metrics.failed)
        # Counts of a server are asked for when it has had the time to read them from the service.
        self._wait_s = metrics.settle_s if metrics.source == "prometheus" else 0.0
        self._threads = ThreadPoolExecutor(_MAX_THREADS, "metrics")
        self._pages: list[MetricsPage] = []
        self._looks: list[Future[Sequence[Counted]]] = []
        self._at_s = self._start_s = 0.0
        self._ends_s: list[float] = []
        """Where the windows still to come end; 0 is the stage's beginning."""
        self._sink: Callable[[ClosedWindow], None] = lambda window: None
        self._known: dict[Tag, None] = {}
        self._endpoints = EndpointNames(())
        self._missed_at_base = 0
        self._warned: set[str] = set()
        self._accounts = new_accounts()

    def begin(self, index: int, at_s: float, sink: Callable[[ClosedWindow], None]) -> None:
        """Count the windows of a stage from a moment of the clock on."""
        stage = self._plan.stages[index]
        self._at_s, self._start_s, self._sink = at_s, 0.0, sink
        count = round(stage.duration_s / stage.interval_s)
        self._ends_s = [number * stage.interval_s for number in range(count + 1)]
        self._pages = pages_of(self._plan, self._metrics, self._gets)
        self._looks, self._known, self._missed_at_base = [], {}, 0
        self._endpoints = EndpointNames((), stage.endpoints)
        self._accounts = new_accounts()

    def poll(self) -> None:
        """Ask for the pages when it is time, and make a window of those that came."""
        if self._looks:
            if all(look.done() for look in self._looks):
                self._take()
        elif self._ends_s and self._clock() >= self._at_s + self._ends_s[0] + self._wait_s:
            at_s = self._wall.at(self._at_s + self._ends_s[0])
            look: Look = partial(_base, at_s=at_s) if self._ends_s[0] == 0 else partial(_read, at_s=at_s)
            self._looks = [self._threads.submit(look, page) for page in self._pages]

    def stop(self) -> None:
        """End the stage here: the window under way becomes shorter."""
        now_s = self._clock() - self._at_s
        left = [end_s for end_s in self._ends_s if end_s < now_s]
        if len(left) < len(self._ends_s) and now_s > 0:
            self._ends_s = [*left, min(now_s, self._ends_s[len(left)])]

    @property
    def drained(self) -> bool:
        """Whether every window was handed over."""
        return not self._ends_s and not self._looks

    def give_up(self) -> None:
        """Take what comes within the time limit of a page, and hand over no more."""
        ends_s = self._clock() + _GIVES_UP_WITHIN_S
        while self._looks and self._clock() < ends_s:
            self._sleep(0.02)
            self.poll()
        self._ends_s, self._looks = [], []

    def snapshot(self) -> LoadSnapshot:
        """Return the accounts of the windows so far."""
        return LoadSnapshot(dict(self._accounts), 0, 0)

    def usage(self) -> ResourceUsage:
        """Return nothing: reading costs next to nothing, and no load depends on it."""
        return ResourceUsage(0.0, 0)

    def losses(self) -> list[str]:
        """Return nothing: pages that did not come are counted in their window."""
        return []

    def close(self) -> None:
        """Ask no more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _take(self) -> None:
        answers = [self._answer(look) for look in self._looks]
        is_base = self._ends_s[0] == 0
        end_s = self._ends_s.pop(0)
        self._looks = []
        if is_base:
            self._missed_at_base = sum(answer is None for answer in answers)
            return
        window = BucketWindow(_UNIT_US[self._metrics.unit])
        missed = sum(answer is None for answer in answers)
        reading = ScrapeReading(len(answers), missed + self._missed_at_base)
        self._missed_at_base = 0
        for counted in (each for answer in answers for each in answer or ()):
            reading.unlabelled += any(match.label not in counted.labels for match in self._failed)
            failed = all(match.holds(counted.labels) for match in self._failed)
            window.add(counted.owner, self._endpoint(counted.labels), failed=failed, counts=counted.counts)
        for page in self._pages:
            reading.resets += page.increments.resets
            reading.series += page.increments.series
            page.increments.resets = 0
        closed = window.close(self._start_s, round(end_s - self._start_s, 9), self._known, reading)
        self._start_s, self._known = end_s, dict.fromkeys(closed.histograms)
        for owner, account in closed.accounts.items():
            self._accounts[owner].add(account)
        self._sink(closed)

    def _answer(self, look: Future[Sequence[Counted]]) -> Sequence[Counted] | None:
        """Return what a page said; why it said nothing is told once."""
        error = look.exception()
        if error is None:
            return look.result()
        if (why := str(error)) not in self._warned and len(self._warned) < _MAX_WARNINGS:
            self._warned.add(why)
            _LOG.warning("metrics could not be read: %s", why)
        return None

    def _endpoint(self, labels: dict[str, str]) -> str:
        metrics = self._metrics
        method = labels.get(metrics.method, "?") if metrics.method else "ANY"
        return self._endpoints.name(method, labels.get(metrics.endpoint, "?") if metrics.endpoint else "/")


def _base(page: MetricsPage, at_s: float) -> Sequence[Counted]:
    page.base(at_s)
    return ()


def _read(page: MetricsPage, at_s: float) -> Sequence[Counted]:
    return page.read(at_s)
