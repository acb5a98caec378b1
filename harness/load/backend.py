"""Who sends the load: this process alone, or workers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from harness.load.generator import Generator, StageLoad
from harness.load.usage import ResourceUsage, UsageGauge
from harness.plan.variant import Variant
from harness.record.histograms.window import Account, ClosedWindow, total_of


@dataclass(frozen=True)
class LoadSnapshot:
    """How a stage stands right now: accounts up to now, arrivals waiting for a user."""

    accounts: dict[Variant, Account]
    backlog: int
    saturated: int

    @property
    def total(self) -> Account:
        """Both variants together."""
        return total_of(self.accounts)


class LoadBackend(Protocol):
    """Sends the load of one stage at a time."""

    @property
    def lead_s(self) -> float:
        """Time needed between the order to start and the first arrival."""

    def begin(self, index: int, at_s: float, sink: Callable[[ClosedWindow], None]) -> None:
        """Start stage ``index`` at ``at_s`` of the clock; finished windows go to ``sink``, in order."""

    def poll(self) -> None:
        """Do what is due; to be called several times a second."""

    def stop(self) -> None:
        """Start no more requests."""

    @property
    def drained(self) -> bool:
        """Whether nothing is under way any more and every window was handed over."""

    def give_up(self) -> None:
        """Fail what is still under way at its age, then hand over every window."""

    def standing(self) -> LoadSnapshot:
        """Return the stage's accounts, finished windows and open ones together."""

    def usage(self) -> ResourceUsage:
        """Measure the sending processes: the highest CPU, all memory."""

    def losses(self) -> list[str]:
        """Return what was lost since the last call: sentences that make the stage invalid."""


class LocalBackend:
    """Runs a stage's whole load in this process."""

    lead_s = 0.25

    def __init__(self, generator: Generator, gauge: UsageGauge) -> None:
        self._generator = generator
        self._gauge = gauge
        self._load: StageLoad | None = None

    def begin(self, index: int, at_s: float, sink: Callable[[ClosedWindow], None]) -> None:
        """Start stage ``index`` at ``at_s`` of the clock."""
        self._load = self._generator.begin(index, at_s, sink)
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

    def standing(self) -> LoadSnapshot:
        """Return the stage's accounts."""
        accounts = self._load.collector.standing() if self._load else {v: Account() for v in Variant}
        return LoadSnapshot(accounts, self._generator.pacer.backlog(), self._generator.pacer.saturated)

    def usage(self) -> ResourceUsage:
        """Measure this process."""
        return self._gauge.read()

    def losses(self) -> list[str]:
        """Return nothing: a process does not lose itself."""
        return []
