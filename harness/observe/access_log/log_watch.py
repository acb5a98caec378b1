"""Watches the logs of a router and counts what they say in the windows of a stage."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence, Set
from dataclasses import replace
from typing import Protocol

import numpy as np

from harness.observe.access_log.clients import StageClients, clients_of
from harness.observe.access_log.orders import Begin
from harness.observe.access_log.requests import LoggedRequests, LogReader
from harness.observe.access_log.windows import StageWindows
from harness.observe.variant_values import Owner
from harness.record.histograms.window import ClosedWindow
from harness.record.sources.usage import UsageGauge


class LogStream(Protocol):
    """A log that grows."""

    torn: int
    """Lines without an end, or too long, since this was set to 0."""
    lost: list[str]
    """What may be missing, in sentences."""

    @property
    def absence(self) -> str | None:
        """Say why nothing can come from it, if so."""

    @property
    def identities(self) -> Set[Hashable]:
        """What it reads now; nothing may be read twice."""

    def read(self) -> Iterator[bytes]:
        """Yield whole lines up to now."""

    def close(self) -> None:
        """Stop reading."""


class LogWatch:
    """Reads its streams all the time, but counts only while a stage runs; `now_s` is the wall clock.

    Closed windows go to `sink`, reasons not to trust the log to `lose`; `see` gets how many requests of the
    baseline and the canary ended since the moment of `count_from`.
    """

    def __init__(
        self,
        streams: Sequence[LogStream],
        reader: LogReader,
        settle_s: float,
        now_s: Callable[[], float],
        gauge: UsageGauge,
        sink: Callable[[ClosedWindow], None],
        lose: Callable[[str], None],
        see: Callable[[int, int], None] = lambda baseline, canary: None,
    ) -> None:
        self._streams, self._reader = streams, reader
        self._settle_s, self._now_s, self._gauge = settle_s, now_s, gauge
        self._sink, self._lose, self._see = sink, lose, see
        self._counted_from_s = math.inf
        self._stage: StageWindows | None = None
        self._clients: StageClients | None = None
        self._told: set[str] = set()

    @property
    def is_idle(self) -> bool:
        """Whether no window is open."""
        return self._stage is None or self._stage.are_closed

    def begin(self, part: Begin) -> None:
        """Count the windows of a stage, or of one more part of it."""
        self._told.clear()
        if self._reader.tells_clients:
            self._clients = clients_of(
                part.warmup_s / part.interval_s, self._clients if part.extends else None
            )
        self._stage = StageWindows(
            part.at_s,
            part.interval_s,
            part.duration_s,
            self._settle_s,
            len(self._streams),
            self._hand_over,
            self._clients,
            self._reader.named,
        )

    def count_from(self, at_s: float) -> None:
        """Say from now on how many requests ended after a moment, whether a stage runs or not."""
        self._counted_from_s = at_s

    def stop(self, at_s: float) -> None:
        """End the stage at a moment; its windows follow when their lines have settled."""
        if self._stage is not None:
            self._stage.stop(at_s)

    def poll(self) -> None:
        """Read what has been added, then hand over the windows whose lines have settled."""
        # Whatever is written from now on is read in the next turn: the moment is taken first.
        began_s, was_idle = self._now_s(), self.is_idle
        for number, stream in enumerate(self._streams):
            for lines in stream.read():
                self._take(self._reader.read(lines), number)
            self._take_troubles(stream)
        if self._reads_a_file_twice():
            self._report("two of the log's paths lead to the same file, so its lines count twice")
        if self._stage is not None:
            self._stage.close(began_s - self._settle_s)
        if self.is_idle and not was_idle:
            for what in filter(None, [stream.absence for stream in self._streams]):
                self._lose(what)

    def give_up(self) -> None:
        """Read once more, and hand over every window."""
        self.poll()
        if self._stage is not None:
            self._stage.close(float("inf"))

    def _reads_a_file_twice(self) -> bool:
        read = [identity for stream in self._streams for identity in stream.identities]
        return len(set(read)) < len(read)

    def _take(self, requests: LoggedRequests, number: int) -> None:
        if self._stage is not None:
            self._stage.take(requests, self._reader.endpoints, self._now_s(), number)
        owners = requests.owner[requests.ended_s >= self._counted_from_s]
        if len(owners):
            counts = np.bincount(owners, minlength=len(Owner))
            self._see(int(counts[Owner.BASELINE]), int(counts[Owner.CANARY]))

    def _take_troubles(self, stream: LogStream) -> None:
        torn, stream.torn = stream.torn, 0
        lost, stream.lost[:] = list(stream.lost), []
        if self._stage is not None and not self._stage.are_closed:
            self._stage.take_unread(torn, self._now_s())
        for what in lost:
            self._report(what)

    def _report(self, what: str) -> None:
        """Say once in a stage why its log cannot be trusted."""
        if self._stage is not None and not self._stage.are_closed and what not in self._told:
            self._told.add(what)
            self._lose(what)

    def _hand_over(self, window: ClosedWindow) -> None:
        assert self._stage is not None  # it hands over
        reading, usage = self._stage.reading(window), self._gauge.read()
        reading.cpu, reading.memory_bytes = round(usage.cpu, 4), usage.memory_bytes
        self._sink(replace(window, reading=reading))
