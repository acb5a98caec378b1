"""The open connections of the server: bounded in number and in time, so that slow clients silence nobody."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

MAX_CONNECTIONS = 32
REQUEST_WITHIN_S = 10.0
"""For the whole request, however its bytes come."""


@dataclass
class _Client:
    since_s: float
    is_trusted: bool = False


class Connections:
    """Who is connected; `clock` gives seconds that never run backwards.

    A client without the token, or that has not shown it yet, makes room for a newer one when there are too
    many, the oldest first.
    """

    def __init__(self, clock: Callable[[], float], max_connections: int = MAX_CONNECTIONS) -> None:
        self._clock = clock
        self._max_connections = max_connections
        self._clients: dict[socket.socket, _Client] = {}
        self._lock = threading.Lock()

    def admit(self, client: socket.socket) -> bool:
        """Take up a client; False when all others have shown the token and there is no room."""
        with self._lock:
            if len(self._clients) >= self._max_connections:
                strangers = [one for one, known in self._clients.items() if not known.is_trusted]
                if not strangers:
                    return False
                self._cut(strangers[0])
            self._clients[client] = _Client(self._clock())
            return True

    def trust(self, client: socket.socket) -> None:
        """Remember that a client has shown the token."""
        with self._lock:
            if client in self._clients:
                self._clients[client].is_trusted = True

    def leave(self, client: socket.socket) -> None:
        """Forget a client, which is about to be closed."""
        with self._lock:
            self._clients.pop(client, None)

    def cut_slow(self) -> None:
        """Cut off whoever has not sent a whole request with the token in time."""
        late_s = self._clock() - REQUEST_WITHIN_S
        with self._lock:
            for client in [one for one, known in self._clients.items() if _is_slow(known, late_s)]:
                self._cut(client)

    def _cut(self, client: socket.socket) -> None:
        del self._clients[client]
        # The thread that reads from it sees the end and closes it.
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


def _is_slow(client: _Client, late_s: float) -> bool:
    return not client.is_trusted and client.since_s < late_s
