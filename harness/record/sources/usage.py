"""CPU and memory of the process that makes the windows."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from pathlib import Path

from harness.record.window_source import ResourceUsage

_STATM = Path("/proc/self/statm")
_MIN_S = 0.2


class UsageGauge:
    """Measures this process; `clock` and `cpu_time` are `time.perf_counter` and `time.process_time`."""

    def __init__(self, clock: Callable[[], float], cpu_time: Callable[[], float]) -> None:
        self._clock = clock
        self._cpu_time = cpu_time
        self._at_s, self._cpu_s = clock(), cpu_time()
        self._cpu = 0.0

    def read(self) -> ResourceUsage:
        """Return the usage since the last reading, or the last reading again if it is recent."""
        elapsed_s = self._clock() - self._at_s
        if elapsed_s >= _MIN_S:
            cpu_s = self._cpu_time()
            self._cpu = (cpu_s - self._cpu_s) / elapsed_s
            self._at_s, self._cpu_s = self._at_s + elapsed_s, cpu_s
        return ResourceUsage(self._cpu, _resident_bytes())


def process_gauge() -> UsageGauge:
    """Return a gauge of this process."""
    return UsageGauge(time.perf_counter, time.process_time)


def _resident_bytes() -> int:
    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
