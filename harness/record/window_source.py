"""What a run asks of whoever produces its windows, whether it sends load or watches real traffic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from harness.record.histograms.account import Account, total_of
from harness.record.histograms.window import ClosedWindow


@dataclass(frozen=True)
class LoadSnapshot:
    """How a stage stands right now: accounts up to now, arrivals waiting for a user."""

    accounts: dict[str, Account]
    backlog: int
    saturated: int

    @property
    def total(self) -> Account:
        """Both variants together."""
        return total_of(self.accounts)


@dataclass(frozen=True)
class ResourceUsage:
    """What a process used since the previous reading, as shares of that time, and its resident memory.

    `cpu` is a share of one core. `waited` is how long the process was ready to run and had no core, `stolen`
    how many of the machine's cores went to the host it is a guest of; None where the system does not say.
    """

    cpu: float
    memory_bytes: int
    waited: float | None = None
    stolen: float | None = None


class WindowSource(Protocol):
    """Produces the windows of one stage at a time."""

    @property
    def lead_s(self) -> float:
        """Time needed between the order to start and the first arrival."""

    def begin(self, index: int, at_s: float, sink: Callable[[ClosedWindow], None]) -> None:
        """Start stage `index` at `at_s` of the clock; finished windows go to `sink`, in order.

        The stage that was the latest goes on: it is measured again.
        """

    def poll(self) -> None:
        """Do what is due; to be called several times a second."""

    def stop(self) -> None:
        """Take up no more requests."""

    @property
    def drained(self) -> bool:
        """Whether no request is under way any more and every window was handed over."""

    def give_up(self) -> None:
        """Fail what is still under way at its age, then hand over every window."""

    def snapshot(self) -> LoadSnapshot:
        """Return the stage's accounts, finished windows and open ones together."""

    def usage(self) -> ResourceUsage:
        """Measure the processes that produce the windows: the highest CPU, the sum of their memory."""

    def losses(self) -> list[str]:
        """Return what was lost since the last call: sentences that make the stage invalid."""
