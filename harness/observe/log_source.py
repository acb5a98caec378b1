"""Windows of real traffic, read from the router's access log by a process of their own."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from harness.observe.access_log.orders import (
    Begin,
    Closed,
    Drained,
    GiveUp,
    Lost,
    Seen,
    Stop,
    Watch,
    WatchSettings,
    from_line,
    to_line,
)
from harness.observe.traffic_check import SeenTraffic
from harness.plan.model import Plan
from harness.plan.traffic.log_lines import STDIN
from harness.plan.traffic.traffic import Traffic
from harness.process.child import Child
from harness.record.histograms.account import new_accounts
from harness.record.histograms.window import ClosedWindow
from harness.record.sources.wall_clock import WallClock
from harness.record.window_source import LoadSnapshot, ResourceUsage

_MODULE: Final = "harness.observe.access_log"
_GIVES_UP_WITHIN_S: Final = 5.0
_LOOK_EVERY_S: Final = 0.02


class AccessLogSource:
    """The source of a plan's windows; `clock` is the run's, `wall` the run's too."""

    lead_s = 0.25

    def __init__(
        self,
        plan: Plan,
        child: Child,
        wall: WallClock,
        clock: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], Any] = time.sleep,
    ) -> None:
        self._plan, self._child = plan, child
        self._wall, self._clock, self._sleep = wall, clock, sleep
        self._number = 0
        self._index = -1
        self._sink: Callable[[ClosedWindow], None] = lambda window: None
        self._accounts = new_accounts()
        self._usage = ResourceUsage(0.0, 0)
        self._lost: list[str] = []
        self._is_drained = True
        self._seen = SeenTraffic()

    @classmethod
    def start(
        cls, plan: Plan, traffic: Traffic, wall: WallClock, hidden: Iterable[str] = ()
    ) -> AccessLogSource:
        """Start watching from now on, in a process without `hidden` variables; raises ChildError."""
        stdin = None
        if STDIN in traffic.log.path:
            # The child's own standard input is for orders.
            stdin = os.dup(sys.stdin.fileno())
        document = traffic.model_dump(mode="json", by_alias=True, exclude_none=True)
        passed = [] if stdin is None else [stdin]
        settings = to_line(WatchSettings(document, stdin, plan.named_endpoints))
        return cls(plan, Child.launch(_MODULE, settings, pass_fds=passed, hidden=hidden).until_ready(), wall)

    def begin(self, index: int, at_s: float, sink: Callable[[ClosedWindow], None]) -> None:
        """Count the windows of a stage from a moment of the clock on."""
        self._number += 1
        self._sink, self._is_drained = sink, False
        self._accounts = new_accounts()
        stage = self._plan.stages[index]
        began_s = self._wall.at(at_s)
        extends, self._index = index == self._index, index
        warmup_s = 0.0 if extends else self._plan.warmup_of(stage)
        part = Begin(self._number, began_s, stage.interval_s, stage.duration_s, warmup_s, extends)
        self._child.tell(to_line(part))

    def poll(self) -> None:
        """Take what the process has written."""
        for line in self._child.lines():
            match from_line(line):
                case Closed() as closed if closed.number == self._number:
                    self._take(closed.unpacked())
                case Drained() as drained if drained.number == self._number:
                    self._is_drained = True
                case Seen(baseline=baseline, canary=canary):
                    self._seen.take(baseline, canary)
                case Lost(what=what):
                    self._lost.append(what)

    @property
    def settle_s(self) -> float:
        """How long after a request its line may still be written."""
        return self._plan.traffic.settle_s if self._plan.traffic else 0.0

    def watch(self) -> SeenTraffic:
        """Count, apart from any stage, the requests that end from now on."""
        self._seen = SeenTraffic()
        self._child.tell(to_line(Watch(self._now_s)))
        return self._seen

    def stop(self) -> None:
        """End the stage here."""
        self._child.tell(to_line(Stop(self._now_s)))

    @property
    def drained(self) -> bool:
        """Whether every window was handed over."""
        return self._is_drained

    def give_up(self) -> None:
        """Take every window, whether its lines have settled or not."""
        self._child.tell(to_line(GiveUp()))
        ends_s = self._clock() + _GIVES_UP_WITHIN_S
        while not self._is_drained and self._clock() < ends_s and self._child.problem() is None:
            self._sleep(_LOOK_EVERY_S)
            self.poll()

    def snapshot(self) -> LoadSnapshot:
        """Return the accounts of the windows so far."""
        return LoadSnapshot(dict(self._accounts), 0, 0)

    def usage(self) -> ResourceUsage:
        """Return what reading took."""
        return self._usage

    def losses(self) -> list[str]:
        """Return what is missing of the log, and whether the process has ended."""
        lost, self._lost = self._lost, []
        return [*lost, *filter(None, [self._child.problem()])]

    def close(self) -> None:
        """Stop watching."""
        self._child.stop()

    @property
    def _now_s(self) -> float:
        return self._wall.at(self._clock())

    def _take(self, window: ClosedWindow) -> None:
        for owner, account in window.accounts.items():
            self._accounts[owner].add(account)
        self._sink(window)
