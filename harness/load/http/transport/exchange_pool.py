"""The connections of one user to one target: as many as it has requests under way at once."""

from __future__ import annotations

from collections.abc import Callable

from harness.load.http.transport.exchange import Exchange


class ExchangePool:
    """Exchanges that carry one request at a time each; `idle` are those that carry none.

    Take the last of `idle`, or `open` another, and append it to `idle` when its request has ended.
    """

    __slots__ = ("_all", "_connect", "idle")

    def __init__(self, connect: Callable[[], Exchange]) -> None:
        self._connect = connect
        self._all: list[Exchange] = []
        self.idle: list[Exchange] = []

    def open(self) -> Exchange:
        """Return a new exchange; its connection is opened by its first request."""
        exchange = self._connect()
        self._all.append(exchange)
        return exchange

    def close(self) -> None:
        """Close every connection; the next request on it opens a new one."""
        for exchange in self._all:
            exchange.close()
