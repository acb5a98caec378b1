"""One interval of a stage while its requests are still open: the hot side of recording.

A request is recorded by extending a list; numpy turns the lists into histogram counts in bulk, so a
request costs well under a microsecond. A window belongs to the interval in which its arrivals were *due*
and is closed when every one of them is accounted for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from harness.plan.variant import Variant
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT, Kind, Tag

# Position of a variant in every per-variant list: baseline 0, canary 1, as the schedule's flag says.
VARIANTS = (Variant.BASELINE, Variant.CANARY)
# Longest list kept before it is folded into counts: a fold of everything at once would make the load late.
_FOLD_AT = 1_000
_MAX_ERROR_KINDS = 50


@dataclass
class Account:
    """What became of the arrivals of one variant; ``due`` is the sum of the others when all is well."""

    due: int = 0
    completed: int = 0
    failed: int = 0
    dropped: int = 0
    open: int = 0

    def add(self, other: Account) -> None:
        """Add another account's numbers to this one."""
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def ended(self) -> int:
        """Arrivals whose end is known."""
        return self.completed + self.failed + self.dropped


def total_of(accounts: Mapping[Variant, Account]) -> Account:
    """Add the accounts of the variants up."""
    total = Account()
    for account in accounts.values():
        total.add(account)
    return total


class Series:
    """Durations in seconds on their way into a histogram."""

    __slots__ = ("_folded", "clamped", "values_s")

    def __init__(self) -> None:
        self.values_s: list[float] = []
        self.clamped = 0
        self._folded = Histogram.empty()

    def fold(self) -> Histogram:
        """Turn the listed values into counts; return everything recorded so far."""
        if self.values_s:
            # Less than a microsecond is the grid's first bucket, not a value out of range.
            us = np.maximum(np.rint(np.array(self.values_s) * 1e6), 1)
            self.values_s.clear()
            histogram, clamped = Histogram.of_values(us)
            self.clamped += clamped
            self._folded = Histogram.merge((self._folded, histogram))
        return self._folded


class Cell:
    """Requests of one variant, endpoint and result in one window."""

    __slots__ = ("response", "service")

    def __init__(self) -> None:
        self.response = Series()
        self.service = Series()


@dataclass(frozen=True)
class ClosedWindow:
    """An interval in which every arrival is accounted for; times are seconds since the stage's start."""

    start_s: float
    length_s: float
    histograms: dict[Tag, Histogram]
    accounts: dict[Variant, Account]
    errors: dict[tuple[Variant, str, str], int]
    clamped: int

    @property
    def total(self) -> Account:
        """Both variants together."""
        return total_of(self.accounts)

    @property
    def requests(self) -> Counter[str]:
        """Count the finished requests of each variant: an arrival may have sent several."""
        counts: Counter[str] = Counter()
        for tag, histogram in self.histograms.items():
            if tag.kind in (Kind.RESPONSE, Kind.FAILED):
                counts[tag.variant] += histogram.total
        return counts


class LiveWindow:
    """Collects the requests of one interval.

    ``unsent`` counts the shares of this window's arrivals that are not wholly handed out yet; the window
    can close when it is 0 and every handed-out arrival has ended.
    """

    __slots__ = ("accounts", "cells", "errors", "hub", "length_s", "sent", "start_s", "unsent")

    def __init__(self, start_s: float, length_s: float) -> None:
        self.start_s = start_s
        self.length_s = length_s
        self.unsent = 1
        self.accounts = (Account(), Account())
        self.cells: dict[tuple[int, str, bool], Cell] = {}
        self.errors: Counter[tuple[Variant, str, str]] = Counter()
        self.sent = Series()
        self.hub = Series()

    def record(self, variant: int, endpoint: str, ok: bool, response_s: float, service_s: float) -> None:
        """Record one finished request; called once per request, on the hot path."""
        key = (variant, endpoint, ok)
        cell = self.cells.get(key)
        if cell is None:
            cell = self.cells[key] = Cell()
        cell.response.values_s.append(response_s)
        if ok:
            cell.service.values_s.append(service_s)

    def record_error(self, variant: int, endpoint: str, kind: str) -> None:
        """Count a failed request under the kind of its error."""
        key = (VARIANTS[variant], endpoint, kind[:200])
        if key not in self.errors and len(self.errors) >= _MAX_ERROR_KINDS:
            key = (VARIANTS[variant], endpoint, "other")
        self.errors[key] += 1

    @property
    def in_flight(self) -> int:
        """Arrivals handed out and not ended."""
        return sum(a.open for a in self.accounts)

    @property
    def closed(self) -> bool:
        """Whether every arrival is accounted for."""
        return not self.unsent and not self.in_flight

    def compact(self) -> None:
        """Fold long lists, so that memory does not grow with the length of the interval."""
        for series in self._series():
            if len(series.values_s) >= _FOLD_AT:
                series.fold()

    def close(self, endpoints: Iterable[str]) -> ClosedWindow:
        """Return the finished window with one histogram per variant, kind and endpoint, also where empty."""
        histograms = {
            LATENESS_SENT: self.sent.fold(),
            LATENESS_HUB: self.hub.fold(),
        }
        for endpoint in endpoints:
            for index, variant in enumerate(VARIANTS):
                good = self.cells.get((index, endpoint, True)) or Cell()
                bad = self.cells.get((index, endpoint, False)) or Cell()
                histograms[Tag(variant, Kind.RESPONSE, endpoint)] = good.response.fold()
                histograms[Tag(variant, Kind.SERVICE, endpoint)] = good.service.fold()
                histograms[Tag(variant, Kind.FAILED, endpoint)] = bad.response.fold()
        return ClosedWindow(
            self.start_s,
            self.length_s,
            histograms,
            dict(zip(VARIANTS, self.accounts, strict=True)),
            dict(self.errors),
            sum(series.clamped for series in self._series()),
        )

    def _series(self) -> Iterable[Series]:
        yield self.sent
        yield self.hub
        for cell in self.cells.values():
            yield cell.response
            yield cell.service
