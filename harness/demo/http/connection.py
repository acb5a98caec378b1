"""One client's connection to the service."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from email.utils import formatdate
from functools import lru_cache
from select import EPOLLIN, EPOLLOUT
from time import time

from harness.demo.http.app import App
from harness.demo.http.reader import CLOSE_LINE, ParsedRequest, RequestReader
from harness.demo.http.responses import ServedResponse
from harness.demo.http.turns import Turns

LINGER_S = 1.0
_CHUNK_BYTES = 65_536
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class ServerConnection:
    """Passes the requests of one client to the application, one after the other; in `connections` while open.

    While a client waits for a response and has sent more requests, or does not read its responses, nothing is
    read from it.
    """

    def __init__(
        self, accepted: socket.socket, app: App, turns: Turns, connections: set[ServerConnection]
    ) -> None:
        self._socket: socket.socket | None = accepted
        self._descriptor = accepted.fileno()
        self._app = app
        self._turns = turns
        self._connections = connections
        self._pending: deque[ParsedRequest] = deque()
        self._current: ParsedRequest | None = None
        self._reader = RequestReader(self._pending, self._send_continue)
        self._unsent = b""
        self._when_sent: Callable[[], object] | None = None
        self._ends = False
        self._events = EPOLLIN
        connections.add(self)
        turns.watch(self._descriptor, self._on_ready)

    def finish(self) -> None:
        """Close after the last response that is owed."""
        self._ends = True
        self._next()
        if self._current is None and not self._pending:
            self._once_sent(self._close)

    def shut(self) -> None:
        """Close at once, with a reset where a response is owed."""
        if self._current is not None and self._socket is not None:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._close()

    def _on_ready(self, events: int) -> None:
        try:
            if events & EPOLLIN:
                self._receive()
            elif events & EPOLLOUT:
                self._send_rest()
            else:  # an error, or both sides have ended
                self._close()
        except BaseException:
            # Left open, it would be ready again in the next turn.
            self._close()
            raise

    def _receive(self) -> None:
        assert self._socket is not None
        try:
            data = self._socket.recv(_CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self._close()
            return
        if self._current is None and (known := self._reader.known(data)):
            self._current = known
            self._app.handle(known.request, self._respond)
        elif data:
            self._reader.feed(data)
            self._next()
        else:
            # The client has ended its side; it still gets what it asked for.
            self._reader.end()
            self.finish()

    def _next(self) -> None:
        if self._current is None and self._pending:
            self._current = self._pending.popleft()
            self._app.handle(self._current.request, self._respond)
        if self._pending or self._events != EPOLLIN or self._ends:
            self._listen()

    def _listen(self) -> None:
        """Wait for what can be dealt with now."""
        events = EPOLLOUT if self._unsent else 0 if self._pending or self._ends else EPOLLIN
        if events != self._events and self._socket is not None:
            self._events = events
            self._turns.change(self._descriptor, events)

    def _respond(self, response: ServedResponse) -> None:
        parsed, self._current = self._current, None
        if parsed is None or self._socket is None:  # the client is gone
            return
        is_last = parsed.connection_line is CLOSE_LINE or (self._ends and not self._pending)
        line = CLOSE_LINE if is_last else parsed.connection_line
        body = b"" if parsed.request.method == "HEAD" else response.body
        self._send(b"".join((response.head, date_line(int(time())), line, b"\r\n", body)))
        if is_last:
            self._once_sent(self._close if self._ends else self._end_own_side)
        elif self._pending:
            asyncio.get_running_loop().call_soon(self._next)

    def _send_continue(self) -> None:
        self._send(_CONTINUE)

    def _send(self, data: bytes) -> None:
        if self._unsent:
            self._unsent += data
            return
        if self._socket is None:
            return
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close()
            return
        if sent < len(data):
            self._unsent = data[sent:]
            self._listen()

    def _send_rest(self) -> None:
        unsent, self._unsent = self._unsent, b""
        self._send(unsent)
        if not self._unsent:
            if self._when_sent is not None:
                self._when_sent()
            self._next()

    def _once_sent(self, then: Callable[[], object]) -> None:
        if self._unsent:
            self._when_sent = then
        else:
            then()

    def _end_own_side(self) -> None:
        # Closed while the client still sends, the connection would be reset and the response lost with it.
        if self._socket is not None:
            self._socket.shutdown(socket.SHUT_WR)
            asyncio.get_running_loop().call_later(LINGER_S, self._close)

    def _close(self) -> None:
        """Close, and forget the requests not responded to."""
        if self._socket is None:
            return
        self._turns.forget(self._descriptor)
        self._socket.close()
        self._socket = None
        self._unsent = b""
        self._pending.clear()
        self._reader.close()
        self._connections.discard(self)


@lru_cache(maxsize=1)
def date_line(epoch_s: int) -> bytes:
    """Return the `date` header of a second."""
    return f"date: {formatdate(epoch_s, usegmt=True)}\r\n".encode("ascii")
