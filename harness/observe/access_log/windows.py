"""Logged requests, counted in the windows of a stage.

A request belongs to the interval in which it ended, which is when routers log it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.observe.access_log.clients import StageClients
from harness.observe.access_log.requests import LoggedRequests
from harness.observe.variant_values import Owner
from harness.record.histograms.account import OWNERS
from harness.record.histograms.clocks import UNKNOWN_S
from harness.record.histograms.collector import Collector
from harness.record.histograms.readings.log_reading import MAX_AHEAD_S, LogReading
from harness.record.histograms.window import ClosedWindow, LiveWindow

_OWNERS = len(OWNERS)
GIVEN_UP = "failed, and the router asked another variant"
"""The kind of error where a response is another variant's."""
ANOTHER_ADDRESS = "another address"
STORED = "what the client has stored"
"""Where a request was redirected, as far as its status tells; 304 is such a redirect (RFC 9110 §15.4.5)."""
_NOT_MODIFIED = 304


class StageWindows:
    """The windows of one stage, or one part of it, that began `at_s` seconds after 1970.

    A line may be read `settle_s` after its request ended. `clients` are counted where the plan tells them,
    and the `named` endpoints are told apart in any case.
    """

    def __init__(
        self,
        at_s: float,
        interval_s: float,
        duration_s: float,
        settle_s: float,
        files: int,
        sink: Callable[[ClosedWindow], None],
        clients: StageClients | None = None,
        named: Sequence[str] = (),
    ) -> None:
        self._clients = clients
        self._at_s, self._interval_s, self._settle_s, self._files = at_s, interval_s, settle_s, files
        self._count = round(duration_s / interval_s)
        self._until_s = self._count * interval_s
        self._collector = Collector(sink, named)
        self._windows: dict[int, LiveWindow] = {}
        self._opened = 0
        self._readings: dict[int, LogReading] = {}
        self._closed = 0

    @property
    def are_closed(self) -> bool:
        """Whether every window was handed over."""
        return self._closed >= self._count

    def stop(self, at_s: float) -> None:
        """End the stage at a moment: the window it falls into becomes shorter, later ones are left out."""
        self._until_s = min(self._until_s, max(at_s - self._at_s, 0.0))
        self._count = min(self._count, int(np.ceil(self._until_s / self._interval_s - 1e-6)))

    def take(self, requests: LoggedRequests, endpoints: Sequence[str], read_at_s: float, file: int) -> None:
        """Count the requests of a batch; unreadable lines count where the time of reading falls."""
        if self.are_closed:
            return
        self.take_unread(requests.unread, read_at_s)
        if not len(requests.ended_s):
            return
        since_s = requests.ended_s - self._at_s
        numbers = np.floor(since_s / self._interval_s).astype(np.int64)
        inside = (since_s >= 0) & (since_s < self._until_s)
        late = inside & (numbers < self._closed)
        age_s = read_at_s - requests.ended_s
        astray = ~inside & ((age_s > self._settle_s) | (age_s < -MAX_AHEAD_S))
        reading = self._reading(self._number_at(read_at_s))
        reading.late += int(np.count_nonzero(late))
        reading.astray += int(np.count_nonzero(astray))
        reading.lines += int(np.count_nonzero(late | astray))
        reading.note_lag(file, float(age_s.min()))
        chosen = np.flatnonzero(inside & ~late)
        for number in np.unique(numbers[chosen]).tolist():
            self._count_in(number, requests, chosen[numbers[chosen] == number], endpoints, file)

    def take_unread(self, count: int, read_at_s: float) -> None:
        """Count lines that cannot be read."""
        if count:
            reading = self._reading(self._number_at(read_at_s))
            reading.unread += count
            reading.lines += count

    def close(self, until_s: float) -> None:
        """Hand over every window that ended by a moment."""
        while not self.are_closed and self._at_s + self._end_s(self._closed) <= until_s:
            window = self._window(self._closed)
            del self._windows[self._closed]
            window.length_s = round(self._end_s(self._closed) - window.start_s, 9)
            window.unsent = 0
            self._closed += 1
            self._collector.poll()

    def reading(self, window: ClosedWindow) -> LogReading:
        """Return, once, what reading came to in a window that was handed over."""
        number = round(window.start_s / self._interval_s)
        reading = self._reading(number)
        del self._readings[number]
        if self._clients is not None:
            reading.clients, reading.new_clients = self._clients.close(number)
        return reading

    def _number_at(self, at_s: float) -> int:
        number = int((at_s - self._at_s) // self._interval_s)
        return min(max(number, self._closed), max(self._count - 1, 0))

    def _end_s(self, number: int) -> float:
        return min((number + 1) * self._interval_s, self._until_s)

    def _reading(self, number: int) -> LogReading:
        if number not in self._readings:
            self._readings[number] = LogReading.of_files(self._files)
        return self._readings[number]

    def _window(self, number: int) -> LiveWindow:
        # The collector closes its windows in order, so those before it must exist, too.
        while self._opened <= number:
            start_s = self._opened * self._interval_s
            self._windows[self._opened] = self._collector.window(start_s, self._interval_s)
            self._opened += 1
        return self._windows[number]

    def _count_in(
        self,
        number: int,
        requests: LoggedRequests,
        chosen: NDArray[np.int64],
        endpoints: Sequence[str],
        file: int,
    ) -> None:
        owner = requests.owner[chosen]
        reading = self._reading(number)
        reading.lines += len(chosen)
        reading.by_file[file] += len(chosen)
        reading.unrouted += int(np.count_nonzero(owner == Owner.ROUTER))
        reading.retried += int(np.count_nonzero(requests.retried[chosen]))
        if self._clients is not None:
            self._clients.take(number, requests.client[chosen], owner)
        mine = chosen[owner != Owner.ROUTER]
        if len(mine):
            _record(self._window(number), requests, mine, endpoints)


def _record(
    window: LiveWindow, requests: LoggedRequests, chosen: NDArray[np.int64], endpoints: Sequence[str]
) -> None:
    """Record requests of the variants and of neither, those of one kind at once."""
    kinds = (requests.endpoint[chosen] * 2 + requests.failed[chosen]) * _OWNERS + requests.owner[chosen]
    order = np.argsort(kinds, kind="stable")
    found, starts = np.unique(kinds[order], return_index=True)
    for kind, places in zip(found.tolist(), np.split(chosen[order], starts[1:]), strict=True):
        rest, owner = divmod(kind, _OWNERS)
        endpoint, failed = divmod(rest, 2)
        response_s, service_s = requests.response_s[places], requests.service_s[places]
        unknown_s = np.full(len(places), UNKNOWN_S)
        # Every request ends at 0, so that its times keep their whole precision.
        moments_s = np.stack([-response_s, -service_s, unknown_s, np.zeros(len(places))], axis=1)
        window.extend(owner, endpoints[endpoint], not failed, moments_s.ravel().tolist())
        if failed:
            given_up = requests.given_up[places]
            for status, count in Counter(requests.status[places[~given_up]].tolist()).items():
                window.record_error(owner, endpoints[endpoint], f"HTTP {status}", count)
            if count := int(np.count_nonzero(given_up)):
                window.record_error(owner, endpoints[endpoint], GIVEN_UP, count)
            continue
        statuses = requests.status[places]
        for status, count in Counter(statuses[(statuses >= 300) & (statuses < 400)].tolist()).items():
            to = STORED if status == _NOT_MODIFIED else ANOTHER_ADDRESS
            window.record_redirected(owner, endpoints[endpoint], to, count)
    window.compact()
