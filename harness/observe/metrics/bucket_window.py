"""Requests that are known to a bucket, counted in one window at both edges of it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from harness.observe.metrics.sample import Bucket
from harness.observe.variant_values import Owner
from harness.record.histograms.account import ALWAYS_NAMED, OWNERS, new_accounts
from harness.record.histograms.grid import HIGHEST_US, index_of
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.readings.scrape_reading import ScrapeReading
from harness.record.histograms.tag import ALWAYS_WRITTEN, FLOOR_OF, LATENESS_HUB, LATENESS_SENT, Kind, Tag
from harness.record.histograms.window import ClosedWindow

_LOWEST: Final = 1


class BucketWindow:
    """What the histograms of a service counted in a window; `unit_us` is the unit of their edges."""

    def __init__(self, unit_us: float) -> None:
        self._unit_us = unit_us
        self._upper: dict[Tag, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        self._lower: dict[Tag, dict[int, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, owner: Owner, endpoint: str, *, failed: bool, counts: Mapping[Bucket, int]) -> None:
        """Count requests of one endpoint."""
        name, kind = OWNERS[owner], Kind.FAILED if failed else Kind.RESPONSE
        for (lower, upper), count in counts.items():
            top = _below(upper * self._unit_us)
            self._upper[Tag(name, kind, endpoint)][top] += count
            if name in FLOOR_OF:
                bottom = min(_above(lower * self._unit_us), top)
                self._lower[Tag(FLOOR_OF[name], kind, endpoint)][bottom] += count

    def close(
        self, start_s: float, length_s: float, known: Iterable[Tag], reading: ScrapeReading
    ) -> ClosedWindow:
        """Return the window; every series `known` before is in it, even when it is empty."""
        held = {
            tag: Histogram(sorted(counts), [counts[index] for index in sorted(counts)])
            for tag, counts in (*self._upper.items(), *self._lower.items())
        }
        accounts = new_accounts()
        for tag in self._upper:
            account, number = accounts[tag.variant], held[tag].total
            account.due += number
            if tag.kind == Kind.FAILED:
                account.failed += number
            else:
                account.completed += number
        always = [LATENESS_SENT, LATENESS_HUB]
        for endpoint in {tag.endpoint for tag in self._upper}:
            named = dict.fromkeys((*ALWAYS_NAMED, *(tag.variant for tag in self._upper)))
            floors = (FLOOR_OF[name] for name in named if name in FLOOR_OF)
            always += [Tag(name, kind, endpoint) for name in (*named, *floors) for kind in ALWAYS_WRITTEN]
        empty = dict.fromkeys((*known, *always), Histogram.empty())
        return ClosedWindow(start_s, length_s, empty | held, accounts, reading=reading)


def _below(edge_us: float) -> int:
    """Return the place of the largest value below an edge: requests of the bucket took less."""
    if math.isinf(edge_us) or edge_us >= HIGHEST_US:
        return _place(HIGHEST_US)
    return max(_place(edge_us) - 1, _LOWEST)


def _above(edge_us: float) -> int:
    return max(_place(min(edge_us, HIGHEST_US)) + 1, _LOWEST) if edge_us > 0 else _LOWEST


def _place(edge_us: float) -> int:
    return int(index_of(np.array([edge_us]))[0])
