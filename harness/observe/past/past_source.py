"""Windows of traffic that was logged in the past, on the clock of the log."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from harness.observe.access_log.clients import StageClients, clients_of
from harness.observe.access_log.windows import StageWindows
from harness.observe.past.past_logs import MAX_DISORDER_S, Batch, PastLogs
from harness.plan.model import Plan
from harness.record.histograms.account import new_accounts
from harness.record.histograms.window import ClosedWindow
from harness.record.window_source import LoadSnapshot, ResourceUsage

_ROUNDING_S: Final = 1e-6


class LogClock:
    """A clock that only sleeping moves, so that a run takes no longer than reading its log."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def __call__(self) -> float:
        """Return the seconds since the start of the run."""
        return self._now_s

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._now_s += max(seconds, 0.0)

    def go_to(self, at_s: float) -> None:
        """Let time pass until a moment, if it is still to come."""
        self._now_s = max(self._now_s, at_s)


class PastLogSource:
    """The source of a run on past logs; the run's clock was 0 at `epoch_s`, in seconds since 1970.

    Windows are handed over when a live run would have had them: `settle` after their end, the last ones of a
    stage at once.
    """

    lead_s = 0.0

    def __init__(self, plan: Plan, logs: PastLogs, epoch_s: float, clock: Callable[[], float]) -> None:
        assert plan.traffic is not None  # the verb has checked
        self._plan, self._logs, self._epoch_s, self._clock = plan, logs, epoch_s, clock
        self._settle_s = plan.traffic.settle_s
        self._kept: list[Batch] = []
        self._stage: StageWindows | None = None
        self._sink: Callable[[ClosedWindow], None] = lambda window: None
        self._began_s = self._ends_s = 0.0
        self._interval_s = 0.0
        self._index = -1
        self._clients: StageClients | None = None
        self._accounts = new_accounts()
        self._is_end_told = False

    def begin(self, index: int, at_s: float, sink: Callable[[ClosedWindow], None]) -> None:
        """Count the windows of a stage from a moment of the clock on."""
        stage = self._plan.stages[index]
        self._sink, self._accounts = sink, new_accounts()
        self._began_s, self._ends_s = at_s, at_s + stage.duration_s
        self._interval_s = stage.interval_s
        epoch_s = self._epoch_s + at_s
        if self._plan.traffic is not None and self._plan.traffic.log.client is not None:
            warmup_windows = self._plan.warmup_of(stage) / stage.interval_s
            self._clients = clients_of(warmup_windows, self._clients if index == self._index else None)
        self._index = index
        self._stage = StageWindows(
            epoch_s,
            stage.interval_s,
            stage.duration_s,
            self._settle_s,
            self._logs.count,
            self._hand_over,
            self._clients,
            self._logs.named,
        )
        for batch in self._kept:
            self._count(batch)

    def poll(self) -> None:
        """Read up to now, and hand over the windows that a live run would have had."""
        now_s = self._clock()
        self._read(now_s)
        if self._stage is not None:
            is_ended = now_s >= self._ends_s - _ROUNDING_S
            self._stage.close(math.inf if is_ended else self._epoch_s + now_s - self._settle_s)

    def stop(self) -> None:
        """End the stage here."""
        now_s = self._clock()
        if self._stage is not None:
            if now_s < self._ends_s - _ROUNDING_S:
                self._stage.stop(self._epoch_s + now_s)
            self.give_up()

    @property
    def drained(self) -> bool:
        """Whether every window was handed over."""
        return self._stage is None or self._stage.are_closed

    def give_up(self) -> None:
        """Hand over every window."""
        self._read(self._clock())
        if self._stage is not None:
            self._stage.close(math.inf)

    def snapshot(self) -> LoadSnapshot:
        """Return the accounts of the windows so far."""
        return LoadSnapshot(dict(self._accounts), 0, 0)

    def usage(self) -> ResourceUsage:
        """Return nothing: what reading took says nothing about the log."""
        return ResourceUsage(0.0, 0)

    def losses(self) -> list[str]:
        """Return what is missing of the files."""
        lost, self._logs.lost = self._logs.lost, []
        if self._is_past_the_end() and not self._is_end_told:
            self._is_end_told = True
            ended, stage_ends = _utc(self._logs.last_s), _utc(self._epoch_s + self._ends_s)
            lost.append(f"the log ends at {ended}, before the stage does at {stage_ends}")
        return lost

    def _is_past_the_end(self) -> bool:
        since_s = self._epoch_s + min(self._clock(), self._ends_s) - self._logs.last_s
        return not self.drained and self._logs.is_over and since_s > max(self._interval_s, self._settle_s)

    def _read(self, now_s: float) -> None:
        read = list(self._logs.until(self._epoch_s + now_s + MAX_DISORDER_S))
        if not read:
            return
        for batch in read:
            self._count(batch)
        self._kept = [batch for batch in (*self._kept, *read) if batch.last_s >= self._epoch_s + now_s]

    def _count(self, batch: Batch) -> None:
        begins_s, ends_s = self._epoch_s + self._began_s, self._epoch_s + self._ends_s
        if self._stage is not None and batch.last_s >= begins_s and batch.first_s < ends_s:
            # Requests beside the stage are nobody's mistake here: a file has them all.
            self._stage.take(batch.between(begins_s, ends_s), self._logs.endpoints, batch.last_s, batch.log)

    def _hand_over(self, window: ClosedWindow) -> None:
        assert self._stage is not None  # it hands over
        reading = self._stage.reading(window)
        # How old a line was when it was written cannot be told afterwards.
        reading.lags_s = [None] * self._logs.count
        for owner, account in window.accounts.items():
            self._accounts[owner].add(account)
        self._sink(replace(window, reading=reading))


def _utc(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
