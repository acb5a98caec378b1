"""What the process that makes the windows uses of its machine, and what the machine withholds from it."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from harness.record.window_source import ResourceUsage

_STATM = Path("/proc/self/statm")
_SCHEDULING = Path("/proc/self/schedstat")
_CPUS = Path("/proc/stat")
# The columns of the first line of /proc/stat, after its name: user nice system idle iowait irq softirq steal.
_STEAL = 7
_MIN_S = 0.2


class CpuTimes(NamedTuple):
    """Seconds since some fixed moment; None where the system does not say."""

    used_s: float
    """Spent on a core, by all threads of the process."""
    waited_s: float | None = None
    """Ready to run while other threads of this machine had the cores, its first thread alone."""
    stolen_s: float | None = None
    """Taken from the machine's cores, all together, by the host it is a guest of."""


class UsageGauge:
    """Measures this process; `clock` is `time.perf_counter`, `times` returns the process's own."""

    def __init__(self, clock: Callable[[], float], times: Callable[[], CpuTimes]) -> None:
        self._clock = clock
        self._times = times
        self._at_s, self._before = clock(), times()
        self._shares = CpuTimes(0.0)

    def read(self) -> ResourceUsage:
        """Return the usage since the last reading, or the last reading again if it is recent."""
        elapsed_s = self._clock() - self._at_s
        if elapsed_s >= _MIN_S:
            now, before = self._times(), self._before
            self._shares = CpuTimes(
                (now.used_s - before.used_s) / elapsed_s,
                _share(before.waited_s, now.waited_s, elapsed_s),
                _share(before.stolen_s, now.stolen_s, elapsed_s),
            )
            self._at_s, self._before = self._at_s + elapsed_s, now
        cpu, waited, stolen = self._shares
        return ResourceUsage(cpu, _resident_bytes(), waited, stolen)


def process_gauge() -> UsageGauge:
    """Return a gauge of this process."""
    return UsageGauge(time.perf_counter, process_times)


def process_times() -> CpuTimes:
    """Read the times of this process; what only Linux tells is None elsewhere."""
    waited_ns, stolen_ticks = _number(_SCHEDULING, 1), _number(_CPUS, 1 + _STEAL)
    return CpuTimes(
        time.process_time(),
        None if waited_ns is None else waited_ns / 1e9,
        None if stolen_ticks is None else stolen_ticks / os.sysconf("SC_CLK_TCK"),
    )


def _share(before_s: float | None, now_s: float | None, elapsed_s: float) -> float | None:
    return None if before_s is None or now_s is None else max(now_s - before_s, 0.0) / elapsed_s


def _number(path: Path, column: int) -> int | None:
    """Return a number of the first line of one of the kernel's tables."""
    try:
        with path.open(encoding="ascii") as file:
            return int(file.readline().split()[column])
    except (OSError, ValueError, IndexError):
        return None


def _resident_bytes() -> int:
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
