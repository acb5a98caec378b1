"""One interval of a stage while its requests are still open: the hot side of recording.

A request is recorded by extending a list; numpy reads the clocks off the lists and counts them in bulk, so
a request costs well under a microsecond. A window belongs to the interval in which its arrivals were *due*
and is closed when every one of them is accounted for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from harness.record.histograms.account import ALWAYS_NAMED, OWNERS, Account, total_of
from harness.record.histograms.clocks import CLOCKS, FAILED, Timings
from harness.record.histograms.endpoints import Endpoints
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.readings.log_reading import LogReading
from harness.record.histograms.readings.scrape_reading import ScrapeReading
from harness.record.histograms.tag import (
    ALWAYS_WRITTEN,
    EVERY_REQUEST,
    LATENESS_HUB,
    LATENESS_SENT,
    Tag,
)
from harness.record.histograms.tallies import MAX_SIZE_BITS, Key, SizeKey, Tallies, count_kind
from harness.record.mistakes import Mistake

# Longest list kept before it is folded into counts: a fold of everything at once would make the load late.
_FOLD_AT = 1_000
_MOMENTS = len(Timings._fields)
_MAX_MISTAKES = 50


def go_on() -> None:
    """Take no pause: nothing else waits."""


class Series:
    """Durations in seconds on their way into a histogram."""

    __slots__ = ("clamped", "histogram", "values_s")

    def __init__(self) -> None:
        self.values_s: list[float] = []
        self.clamped = 0
        self.histogram = Histogram.empty()

    def fold(self) -> Histogram:
        """Turn the listed values into counts; return everything recorded so far."""
        if self.values_s:
            self.add(np.array(self.values_s))
            self.values_s.clear()
        return self.histogram

    def add(self, values_s: NDArray[np.float64]) -> None:
        """Add values to the counts."""
        # Less than a microsecond is the grid's first bucket, not a value out of range.
        histogram, clamped = Histogram.of_values(np.maximum(np.rint(values_s * 1e6), 1))
        self.clamped += clamped
        self.histogram = Histogram.merge((self.histogram, histogram))


class Cell:
    """Requests of one variant, endpoint and result in one window.

    `moments_s` has the `Timings` of one request after the other, `sizes` how many responses have so many
    bits in the number of their bytes: 0 are empty, and those at `n` have at least 2^(n-1) bytes and less
    than 2^n.
    """

    __slots__ = ("_spans", "moments_s", "series", "sizes")

    def __init__(self, ok: bool) -> None:
        self.moments_s: list[float] = []
        self.sizes = [0] * (MAX_SIZE_BITS + 1)
        self._spans = tuple(CLOCKS.values()) if ok else (FAILED,)
        self.series = {span.kind: Series() for span in self._spans}

    def fold(self) -> None:
        """Turn the listed moments into counts."""
        if not self.moments_s:
            return
        moments_s = dict(zip(Timings._fields, np.array(self.moments_s).reshape(-1, _MOMENTS).T, strict=True))
        self.moments_s.clear()
        for span in self._spans:
            times_s = moments_s[span.end] - moments_s[span.start]
            # What a client cannot tell is left out.
            self.series[span.kind].add(times_s[~np.isnan(times_s)])


@dataclass(frozen=True)
class ClosedWindow:
    """An interval in which every arrival is accounted for; times are seconds since the stage's start."""

    start_s: float
    length_s: float
    histograms: dict[Tag, Histogram]
    accounts: dict[str, Account]
    clamped: int = 0
    tallies: Tallies = field(default_factory=Tallies)
    mistakes: dict[Mistake, int] = field(default_factory=dict)
    """What the load test itself did wrong."""
    reading: LogReading | ScrapeReading | None = None
    """What reading the router's log came to, where the requests come from one."""

    @property
    def total(self) -> Account:
        """All owners together."""
        return total_of(self.accounts)

    @property
    def requests(self) -> Counter[str]:
        """Count the finished requests of each owner: an arrival may have sent several."""
        counts: Counter[str] = Counter()
        for tag, histogram in self.histograms.items():
            if tag.kind in EVERY_REQUEST:
                counts[tag.variant] += histogram.total
        return counts


class LiveWindow:
    """Collects the requests of one interval.

    `unsent` counts the shares of this window's arrivals that are not wholly handed out yet; the window
    can close when it is 0 and every handed-out arrival has ended.
    """

    __slots__ = (
        "_endpoints",
        "accounts",
        "cells",
        "hub",
        "length_s",
        "mistakes",
        "sent",
        "start_s",
        "tallies",
        "unsent",
    )

    def __init__(self, start_s: float, length_s: float, endpoints: Endpoints | None = None) -> None:
        self.start_s = start_s
        self.length_s = length_s
        self._endpoints = endpoints or Endpoints()
        self.unsent = 1
        self.accounts = tuple(Account() for _ in OWNERS)
        self.cells: dict[tuple[int, str, bool], Cell] = {}
        self.tallies = Tallies()
        self.mistakes: Counter[Mistake] = Counter()
        self.sent = Series()
        self.hub = Series()

    def record(
        self, variant: int, endpoint: str, ok: bool, timings: Timings, size_bytes: int | None = None
    ) -> None:
        """Record one finished request; called once per request, on the hot path.

        `size_bytes` is the size of its response's content, at most `MAX_SIZE_BYTES`; None if it is not known.
        """
        key = (variant, endpoint, ok)
        cell = self.cells.get(key)
        if cell is None:
            # Seldom, unless there are more endpoints than are told apart.
            key = (variant, self._endpoints.counted_as(endpoint), ok)
            cell = self.cells.setdefault(key, Cell(ok))
        cell.moments_s += timings
        if size_bytes is not None:
            cell.sizes[size_bytes.bit_length()] += 1

    def extend(self, variant: int, endpoint: str, ok: bool, moments_s: list[float]) -> None:
        """Record finished requests, each an arrival of its own: their `Timings`, one after the other."""
        cell = self.cells.setdefault((variant, self._endpoints.counted_as(endpoint), ok), Cell(ok))
        cell.moments_s += moments_s
        account, count = self.accounts[variant], len(moments_s) // _MOMENTS
        account.due += count
        if ok:
            account.completed += count
        else:
            account.failed += count

    def record_error(
        self, variant: int, endpoint: str, kind: str, count: int = 1, *, is_declared: bool = False
    ) -> None:
        """Count failed requests by the kind of their error; `is_declared` if only the load test says so."""
        key = self._count(self.tallies.errors, variant, endpoint, kind, count)
        if is_declared:
            self.tallies.declared[key] += count

    def record_accepted(self, variant: int, endpoint: str, kind: str) -> None:
        """Count a request that failed and that the load test declared a success."""
        self._count(self.tallies.accepted, variant, endpoint, kind, 1)

    def record_redirected(self, variant: int, endpoint: str, to: str, count: int = 1) -> None:
        """Count successful requests that were redirected."""
        self._count(self.tallies.redirected, variant, endpoint, to, count)

    def record_mistake(self, mistake: Mistake) -> None:
        """Count something that the load test itself did wrong."""
        if mistake in self.mistakes or len(self.mistakes) < _MAX_MISTAKES:
            self.mistakes[mistake] += 1

    def _count(self, counts: Counter[Key], variant: int, endpoint: str, kind: str, count: int) -> Key:
        return count_kind(counts, OWNERS[variant], self._endpoints.counted_as(endpoint), kind, count)

    @property
    def in_flight(self) -> int:
        """Arrivals handed out and not ended."""
        return sum(a.open for a in self.accounts)

    @property
    def closed(self) -> bool:
        """Whether every arrival is accounted for."""
        return not self.unsent and not self.in_flight

    def compact(self, pause: Callable[[], object] = go_on) -> None:
        """Fold long lists, so that memory does not grow with the length of the interval, and all when closed.

        It calls `pause` after each: all of them at once would make the load late by milliseconds.
        """
        least = 1 if self.closed else _FOLD_AT
        for series in (self.sent, self.hub):
            if len(series.values_s) >= least:
                series.fold()
                pause()
        for cell in tuple(self.cells.values()):
            if len(cell.moments_s) >= least * _MOMENTS:
                cell.fold()
                pause()

    def close(self, known: Iterable[Tag] = ()) -> ClosedWindow:
        """Return the finished window: a histogram for each of its series and of those `known` before it."""
        own = {
            LATENESS_SENT: self.sent.fold(),
            LATENESS_HUB: self.hub.fold(),
        }
        clamped = self.sent.clamped + self.hub.clamped
        for (variant, endpoint, _), cell in self.cells.items():
            cell.fold()
            clamped += sum(series.clamped for series in cell.series.values())
            own |= {
                Tag(OWNERS[variant], kind, endpoint): series.histogram
                for kind, series in cell.series.items()
                if series.histogram.total
            }
        endpoints = dict.fromkeys(endpoint for _, endpoint, _ in self.cells)
        seen = (OWNERS[owner] for owner in sorted({owner for owner, _, _ in self.cells}))
        named = dict.fromkeys((*ALWAYS_NAMED, *seen))
        always = (
            Tag(variant, kind, endpoint)
            for endpoint in endpoints
            for variant in named
            for kind in ALWAYS_WRITTEN
        )
        return ClosedWindow(
            self.start_s,
            self.length_s,
            {**dict.fromkeys((*known, *always), Histogram.empty()), **own},
            dict(zip(OWNERS, self.accounts, strict=True)),
            clamped,
            replace(self.tallies, sizes=self._sizes()),
            dict(self.mistakes),
        )

    def _sizes(self) -> Counter[SizeKey]:
        sizes: Counter[SizeKey] = Counter()
        for (variant, endpoint, ok), cell in self.cells.items():
            if ok:
                sizes.update({(OWNERS[variant], endpoint, bits): n for bits, n in enumerate(cell.sizes) if n})
        return sizes
