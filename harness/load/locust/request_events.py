"""Reports finished requests to Locust: each one to every listener, many at once to its own statistics.

Locust's statistics cost it several microseconds a request. While nobody else listens to requests, they
are collected and reported together, a few times a second; the numbers are the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast

import gevent
import locust.stats
import numpy as np
from locust.env import Environment
from locust.stats import StatsEntry
from numpy.typing import NDArray

from harness.record.histograms.endpoints import MAX_ENDPOINTS, OTHERS

_LOCUSTS_OWN = "Runner.__init__.<locals>.on_request"
# Locust lets its rounding be replaced at run time.
_BUCKET_OF = locust.stats.bucket_response_time


class RequestEvents:
    """Locust's `request` event, for one process.

    `clock` is `time.time`: Locust counts requests per second of it.
    """

    def __init__(self, environment: Environment, clock: Callable[[], float] = time.time) -> None:
        self._hook = cast("Any", environment.events.request)
        self._stats = environment.stats
        self._clock = clock
        self._pending: dict[tuple[str, str], tuple[list[float], list[int]]] = {}
        self.has_listeners = False
        """Whether anybody but Locust's own statistics listens to requests."""
        self._hook.add_listener = self._followed(self._hook.add_listener)
        self._hook.remove_listener = self._followed(self._hook.remove_listener)
        self._look_who_listens()

    def _followed(self, change: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Look at the listeners whenever they change, not for each request."""

        def changed(handler: Any) -> Any:
            try:
                return change(handler)
            finally:
                self._look_who_listens()

        return changed

    def _look_who_listens(self) -> None:
        listeners = self._hook._handlers
        self.has_listeners = len(listeners) != 1 or listeners[0].__qualname__ != _LOCUSTS_OWN

    def fire(self, **request: Any) -> None:
        """Report a request to every listener."""
        self._hook.fire(**request)

    def count(self, method: str, name: str, response_ms: float, length_bytes: int) -> None:
        """Count a successful request in Locust's statistics, soon."""
        kept = self._pending.get((name, method))
        if kept is None:
            if len(self._stats.entries) >= MAX_ENDPOINTS and (name, method) not in self._stats.entries:
                name = OTHERS
            kept = self._pending.setdefault((name, method), ([], []))
        kept[0].append(response_ms)
        kept[1].append(length_bytes)

    def settle(self) -> None:
        """Bring Locust's statistics up to date."""
        self._look_who_listens()
        untold, self._pending = self._pending, {}
        now_s = self._clock()
        for key, (listed_ms, lengths_bytes) in untold.items():
            times_ms = np.array(listed_ms)
            buckets = np.unique(_buckets(times_ms), return_counts=True)
            for entry in (self._stats.total, self._stats.entries[key]):
                _log(entry, times_ms, buckets, sum(lengths_bytes), now_s)
            # All endpoints at once would make the load late by milliseconds.
            gevent.sleep(0)


def _log(
    entry: StatsEntry,
    times_ms: NDArray[np.float64],
    buckets: tuple[NDArray[np.float64], NDArray[np.int64]],
    length_bytes: int,
    now_s: float,
) -> None:
    """Do to an entry what its own `log` does for each request."""
    before_s = entry.last_request_timestamp
    if entry.use_response_times_cache and before_s and int(now_s) > int(before_s):
        entry._cache_response_times(int(now_s) - 1)
    entry.num_requests += len(times_ms)
    entry.num_reqs_per_sec[int(now_s)] += len(times_ms)
    entry.last_request_timestamp = now_s
    entry.total_content_length += length_bytes
    # Locust declares whole milliseconds and keeps what it is given: fractions.
    numbers: Any = entry
    numbers.total_response_time += float(times_ms.sum())
    least_ms, most_ms = float(times_ms.min()), float(times_ms.max())
    known_ms = numbers.min_response_time
    numbers.min_response_time = least_ms if known_ms is None else min(known_ms, least_ms)
    numbers.max_response_time = max(numbers.max_response_time, most_ms)
    for bucket, count in zip(*buckets, strict=True):
        entry.response_times[int(bucket)] += int(count)


def _buckets(times_ms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round as Locust does: two significant digits, at least whole milliseconds."""
    if locust.stats.bucket_response_time is not _BUCKET_OF:
        return np.array([locust.stats.bucket_response_time(time_ms) for time_ms in times_ms.tolist()])
    grain_ms = np.select([times_ms < 100, times_ms < 1000, times_ms < 10_000], [1.0, 10.0, 100.0], 1000.0)
    rounded: NDArray[np.float64] = np.rint(times_ms / grain_ms) * grain_ms
    return rounded
