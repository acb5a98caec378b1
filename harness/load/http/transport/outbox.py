"""Sends the requests of one turn of the event loop together, at the end of that turn.

Waking the service costs the sender more than the sending itself when both run on one machine; requests that
leave back to back wake it once. A request counts as sent when it leaves: waiting here is lateness, never
service time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

# More than this many are not left waiting for the end of the turn: the first of them would be sent late.
_MAX_READY = 32


class QueuedConnection(Protocol):
    """A connection with a request that is ready to leave."""

    def flush(self) -> None:
        """Send the request unless it was given up; never block, switch or raise."""


class Outbox:
    """Connections with requests to send; `at_turns_end` makes the loop call back before it waits again."""

    def __init__(self, at_turns_end: Callable[[Callable[[], None]], Any]) -> None:
        self._at_turns_end = at_turns_end
        self._ready: list[QueuedConnection] = []

    def add(self, connection: QueuedConnection) -> None:
        """Send the request of a connection soon."""
        ready = self._ready
        if not ready:
            self._at_turns_end(self.send)
        ready.append(connection)
        if len(ready) >= _MAX_READY:
            self.send()

    def send(self) -> None:
        """Send everything that is ready."""
        ready, self._ready = self._ready, []
        for connection in ready:
            connection.flush()
