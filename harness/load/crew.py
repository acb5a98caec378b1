"""Who sends the load: this process alone."""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import dataclass

from harness.load.generator import Generator, StageLoad
from harness.plan.variant import Variant
from harness.record.window import Account, ClosedWindow


@dataclass(frozen=True)
class Strain:
    """What the load costs the generator since the previous reading: CPU as a share of one core."""

    cpu: float
    memory_bytes: int


@dataclass(frozen=True)
class Standing:
    """How a stage stands right now: accounts up to now, arrivals waiting for a user."""

    accounts: dict[Variant, Account]
    backlog: int
    saturated: int


class LocalCrew:
    """Runs a stage's whole load in this process.

    ``cpu_time`` and ``clock`` are ``time.process_time`` and ``time.perf_counter``.
    """

    def __init__(
        self, generator: Generator, clock: Callable[[], float], cpu_time: Callable[[], float]
    ) -> None:
        self._generator = generator
        self._clock = clock
        self._cpu_time = cpu_time
        self._load: StageLoad | None = None
        self._last_reading = (clock(), cpu_time())

    def begin(self, index: int, at_s: float, sink: Callable[[ClosedWindow], None]) -> None:
        """Start stage ``index`` at ``at_s`` of the clock; finished windows go to ``sink``."""
        self._load = self._generator.begin(index, at_s, sink)
        self._last_reading = (self._clock(), self._cpu_time())

    def poll(self) -> None:
        """Close the windows that can be closed."""
        if self._load is not None:
            self._load.collector.poll()

    def stop(self) -> None:
        """Start no more requests."""
        self._generator.stop()

    @property
    def drained(self) -> bool:
        """Whether nothing is under way any more."""
        return self._load is None or not self._load.collector.in_flight

    def give_up(self) -> None:
        """Fail what is still under way at its age, then close every window."""
        self._generator.routes.expire(float("inf"))
        if self._load is not None:
            self._load.collector.poll()
            self._load.collector.close_all()

    def standing(self) -> Standing:
        """Return the stage's accounts, finished windows and open ones together."""
        accounts = {variant: Account() for variant in Variant}
        if self._load is not None:
            for variant, account in self._load.collector.standing().items():
                accounts[variant].add(account)
        return Standing(accounts, self._generator.pacer.backlog(), self._generator.pacer.saturated)

    def strain(self) -> Strain:
        """Measure this process since the last call."""
        now_s, cpu_s = self._clock(), self._cpu_time()
        last_s, last_cpu_s = self._last_reading
        self._last_reading = (now_s, cpu_s)
        return Strain((cpu_s - last_cpu_s) / max(now_s - last_s, 1e-9), _resident_bytes())


def _resident_bytes() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - read every interval
            return int(statm.read().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
