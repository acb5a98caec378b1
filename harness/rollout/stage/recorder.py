"""Writes the windows of a stage into the run directory without delaying the load."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

from harness.record.events.stage import (
    EndpointsUnseen,
    FailuresAccepted,
    LoadTestErrors,
    RequestErrors,
    RequestsRedirected,
    ResponseSizes,
    ValuesClamped,
)
from harness.record.histograms.hlog import HlogWriter
from harness.record.histograms.readings.log_reading import LogReading
from harness.record.histograms.readings.scrape_reading import ScrapeReading
from harness.record.histograms.window import ClosedWindow
from harness.record.probes import GeneratorProbe, LogProbe, ScrapeProbe
from harness.rollout.run_context import RunContext
from harness.rollout.stage.unseen_endpoints import UnseenEndpoints


class StageRecorder:
    """Receives the closed windows of one stage and writes them when asked to.

    It yields to the load after each histogram: encoding all of them at once would make the generator late by
    milliseconds.
    """

    def __init__(
        self, context: RunContext, writer: HlogWriter, stage: str, started_s: float, unseen: UnseenEndpoints
    ) -> None:
        self._context = context
        self._writer = writer
        self._stage = stage
        self._started_s = started_s
        self._unseen = unseen
        self._waiting: deque[ClosedWindow] = deque()
        self.requests: Counter[str] = Counter()
        """How many requests of each variant were written."""
        self.accepted = 0
        """How many failed requests were written that the load test declared successes."""
        self._sizes: Counter[tuple[str, str, int]] = Counter()

    def __call__(self, window: ClosedWindow) -> None:
        """Take a closed window."""
        self._waiting.append(window)

    def write(self, backlog: int) -> None:
        """Write every window taken so far; `backlog` is the number of arrivals waiting right now."""
        while self._waiting:
            self._write(self._waiting.popleft(), backlog)

    def end_part(self) -> None:
        """Write how large the responses were since the stage or its extension began."""
        sizes: dict[tuple[str, str], list[int]] = {}
        for (variant, endpoint, bits), count in sorted(self._sizes.items()):
            counts = sizes.setdefault((variant, endpoint), [])
            counts += [0] * (bits - len(counts)) + [count]
        self._sizes.clear()
        t_s = self._context.log.now_s()
        for (variant, endpoint), counts in sizes.items():
            self._context.log(
                ResponseSizes(
                    t_s=t_s, stage=self._stage, variant=variant, endpoint=endpoint, counts=tuple(counts)
                )
            )

    def _write(self, window: ClosedWindow, backlog: int) -> None:
        start_s = self._started_s + window.start_s
        for tag, histogram in window.histograms.items():
            self._writer.write(start_s, window.length_s, tag, histogram)
            self._context.sleep(0)
        self._writer.flush()
        self.requests.update(window.requests)
        self.accepted += sum(window.tallies.accepted.values())
        self._sizes.update(window.tallies.sizes)
        end_s = start_s + window.length_s
        match window.reading:
            case None:
                self._write_generator_probe(window, end_s, backlog)
            case LogReading() as reading:
                self._write_log_probe(window, reading, end_s)
            case ScrapeReading() as reading:
                self._context.run.append_probe(
                    ScrapeProbe(t_s=end_s, stage=self._stage, interval_s=window.length_s, **vars(reading))
                )
        self._write_events(window, end_s)

    def _write_log_probe(self, window: ClosedWindow, reading: LogReading, end_s: float) -> None:
        figures = {**vars(reading), "by_file": tuple(reading.by_file), "lags_s": tuple(reading.lags_s)}
        probe = LogProbe(t_s=end_s, stage=self._stage, interval_s=window.length_s, **figures)
        self._context.run.append_probe(probe)

    def _write_generator_probe(self, window: ClosedWindow, end_s: float, backlog: int) -> None:
        total = window.total
        usage = self._context.source.usage()
        self._context.run.append_probe(
            GeneratorProbe(
                t_s=end_s,
                stage=self._stage,
                interval_s=window.length_s,
                due=total.due,
                sent=total.completed + total.failed + total.open,
                dropped=total.dropped,
                in_flight=total.open,
                backlog=backlog,
                cpu=round(usage.cpu, 4),
                memory_bytes=usage.memory_bytes,
                waited=None if usage.waited is None else round(usage.waited, 4),
                stolen=None if usage.stolen is None else round(usage.stolen, 4),
            )
        )

    def _write_events(self, window: ClosedWindow, end_s: float) -> None:
        log = self._context.log
        at: dict[str, Any] = {"t_s": end_s, "stage": self._stage}
        for key, count in sorted(window.tallies.errors.items()):
            declared = window.tallies.declared.get(key)
            log(RequestErrors(**at, **_named(key, "kind"), count=count, declared=declared))
        for key, count in sorted(window.tallies.accepted.items()):
            log(FailuresAccepted(**at, **_named(key, "kind"), count=count))
        for key, count in sorted(window.tallies.redirected.items()):
            log(RequestsRedirected(**at, **_named(key, "to"), count=count))
        for mistake, count in sorted(window.mistakes.items()):
            log(LoadTestErrors(**at, **mistake._asdict(), count=count))
        if window.clamped:
            log(ValuesClamped(t_s=end_s, count=window.clamped))
        if missing := self._unseen.add(window):
            endpoints, seen = missing
            log(EndpointsUnseen(**at, endpoints=endpoints, seen=seen))


def _named(key: tuple[str, str, str], what: str) -> dict[str, Any]:
    return dict(zip(("variant", "endpoint", what), key, strict=True))
