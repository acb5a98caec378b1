"""The load backend of one process; `harness.load.workers` has the one of several."""

from __future__ import annotations

from collections.abc import Callable

from harness.load.generator import Generator, StageLoad
from harness.record.histograms.account import new_accounts
from harness.record.histograms.window import ClosedWindow
from harness.record.sources.usage import UsageGauge
from harness.record.window_source import LoadSnapshot, ResourceUsage


class LocalBackend:
    """Runs a stage's whole load in this process."""

    lead_s = 0.25

    def __init__(self, generator: Generator, gauge: UsageGauge) -> None:
        self._generator = generator
        self._gauge = gauge
        self._load: StageLoad | None = None
        self._index: int | None = None

    def begin(self, index: int, at_s: float, sink: Callable[[ClosedWindow], None]) -> None:
        """Start stage `index` at `at_s` of the clock."""
        self._load = self._generator.begin(index, at_s, sink, is_again=index == self._index)
        self._index = index
        self._gauge.read()

    def poll(self) -> None:
        """Close the windows that can be closed."""
        self._generator.poll()

    def stop(self) -> None:
        """Start no more requests."""
        self._generator.stop()

    @property
    def drained(self) -> bool:
        """Whether nothing is under way any more."""
        return self._load is None or not self._load.collector.open

    def give_up(self) -> None:
        """Fail what is still under way at its age, then close every window."""
        self._generator.give_up()

    def snapshot(self) -> LoadSnapshot:
        """Return the stage's accounts."""
        accounts = self._load.collector.accounts_so_far() if self._load else new_accounts()
        return LoadSnapshot(accounts, self._generator.pacer.backlog(), self._generator.pacer.saturated)

    def usage(self) -> ResourceUsage:
        """Measure this process."""
        return self._gauge.read()

    def losses(self) -> list[str]:
        """Return nothing: a process does not lose itself."""
        return []
