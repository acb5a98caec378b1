"""Closes the windows of a stage in order and hands them on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from harness.record.histograms.account import OWNERS, Account, new_accounts
from harness.record.histograms.endpoints import Endpoints
from harness.record.histograms.tag import Tag
from harness.record.histograms.window import ClosedWindow, LiveWindow, go_on


class Collector:
    """The open windows of one stage, oldest first.

    `sink` receives every closed window once, in order of time. The totals keep the stage's accounts.
    The endpoints `named` by the plan are told apart however many others there are.
    """

    def __init__(self, sink: Callable[[ClosedWindow], None], named: Iterable[str] = ()) -> None:
        self._sink = sink
        self._open: deque[LiveWindow] = deque()
        self._known: dict[Tag, None] = {}
        self._endpoints = Endpoints(named)
        self.totals = new_accounts()

    def window(self, start_s: float, length_s: float) -> LiveWindow:
        """Open the next window."""
        window = LiveWindow(start_s, length_s, self._endpoints)
        self._open.append(window)
        return window

    @property
    def open(self) -> Sequence[LiveWindow]:
        """Windows not closed yet, oldest first; it changes as they close."""
        return self._open

    def accounts_so_far(self) -> dict[str, Account]:
        """Return the accounts of closed and open windows together."""
        accounts = new_accounts()
        for owner, total in self.totals.items():
            accounts[owner].add(total)
        for window in self._open:
            for owner, account in zip(OWNERS, window.accounts, strict=True):
                accounts[owner].add(account)
        return accounts

    def poll(self, pause: Callable[[], object] = go_on) -> None:
        """Close what can be closed, and keep the lists of the rest short; calls `pause` now and then."""
        for window in tuple(self._open):
            window.compact(pause)
        while self._open and self._open[0].closed:
            self._close(self._open.popleft())

    def close_all(self) -> None:
        """Close every window, finished or not; arrivals still open stay counted as open."""
        while self._open:
            self._close(self._open.popleft())

    def _close(self, window: LiveWindow) -> None:
        closed = window.close(self._known)
        self._known = dict.fromkeys(closed.histograms)
        for owner, account in closed.accounts.items():
            self.totals[owner].add(account)
        self._sink(closed)
