"""Writes what a stage produces into the run directory, without ever holding up the load."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from harness.load.usage import ResourceUsage
from harness.record.histograms.hlog import HlogWriter
from harness.record.histograms.window import ClosedWindow
from harness.record.run_directory import RunDirectory


class StageRecorder:
    """Receives the closed windows of one stage and writes them when asked to.

    ``pause`` gives the load its turn between two histograms: encoding them all at once would make the
    generator late by milliseconds.
    """

    def __init__(
        self,
        run: RunDirectory,
        writer: HlogWriter,
        stage: str,
        started_s: float,
        usage: Callable[[], ResourceUsage],
        pause: Callable[[], Any],
    ) -> None:
        self._run = run
        self._writer = writer
        self._stage = stage
        self._started_s = started_s
        self._usage = usage
        self._pause = pause
        self._waiting: deque[ClosedWindow] = deque()
        self.requests: Counter[str] = Counter()
        """How many requests of each variant were written."""

    def __call__(self, window: ClosedWindow) -> None:
        """Take a closed window."""
        self._waiting.append(window)

    def write(self, backlog: int) -> None:
        """Write every window taken so far; ``backlog`` is the number of arrivals waiting right now."""
        while self._waiting:
            self._write(self._waiting.popleft(), backlog)

    def _write(self, window: ClosedWindow, backlog: int) -> None:
        start_s = self._started_s + window.start_s
        for tag, histogram in window.histograms.items():
            self._writer.write(start_s, window.length_s, tag, histogram)
            self._pause()
        self._writer.flush()
        self.requests.update(window.requests)
        end_s = start_s + window.length_s
        total = window.total
        usage = self._usage()
        self._run.append_probe(
            {
                "t_s": end_s,
                "kind": "generator",
                "stage": self._stage,
                "interval_s": window.length_s,
                "due": total.due,
                "sent": total.completed + total.failed + total.open,
                "dropped": total.dropped,
                "in_flight": total.open,
                "backlog": backlog,
                "cpu": round(usage.cpu, 4),
                "memory_bytes": usage.memory_bytes,
            }
        )
        self._write_events(window, end_s)

    def _write_events(self, window: ClosedWindow, end_s: float) -> None:
        for (variant, endpoint, kind), count in sorted(window.errors.items()):
            self._run.append_event(
                {
                    "t_s": end_s,
                    "event": "errors",
                    "stage": self._stage,
                    "variant": variant,
                    "endpoint": endpoint,
                    "kind": kind,
                    "count": count,
                }
            )
        if window.clamped:
            self._run.append_event({"t_s": end_s, "event": "values_clamped", "count": window.clamped})
