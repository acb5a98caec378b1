"""One client's connection to the service."""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from email.utils import formatdate
from functools import lru_cache
from socket import SO_LINGER, SOL_SOCKET
from time import time
from typing import cast

from harness.demo.http.app import App
from harness.demo.http.reader import CLOSE_LINE, ParsedRequest, RequestReader
from harness.demo.http.responses import ServedResponse

LINGER_S = 1.0
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class ServerConnection(asyncio.Protocol):
    """Passes the requests of one client to the application, one after the other; in `connections` while open.

    While a client waits for a response and has sent more requests, or does not read its responses, nothing is
    read from it.
    """

    def __init__(self, app: App, connections: set[ServerConnection]) -> None:
        self._app = app
        self._connections = connections
        self._pending: deque[ParsedRequest] = deque()
        self._current: ParsedRequest | None = None
        self._reader = RequestReader(self._pending, self._send_continue)
        self._transport: asyncio.Transport | None = None
        self._is_full = self._ends = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the connection."""
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Forget the requests not responded to."""
        self._transport = None
        self._pending.clear()
        self._reader.close()
        self._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Take bytes from the client."""
        self._reader.feed(data)
        self._next()

    def eof_received(self) -> bool:
        """Respond to what the client sent before it ended its side."""
        self._reader.end()
        self.finish()
        return self._current is not None

    def pause_writing(self) -> None:
        """Stop reading while the client does not read its responses."""
        self._is_full = True
        self._listen()

    def resume_writing(self) -> None:
        """Read again."""
        self._is_full = False
        self._listen()

    def finish(self) -> None:
        """Close after the last response that is owed."""
        self._ends = True
        self._next()
        if self._current is None and self._transport is not None:
            self._transport.close()

    def shut(self) -> None:
        """Close at once, with a reset where a response is owed."""
        if self._transport is not None:
            if self._current is not None:
                connection = self._transport.get_extra_info("socket")
                connection.setsockopt(SOL_SOCKET, SO_LINGER, _RESET_ON_CLOSE)
            self._transport.abort()

    def _send_continue(self) -> None:
        if self._transport is not None:
            self._transport.write(_CONTINUE)

    def _next(self) -> None:
        if self._current is None and self._pending:
            self._current = self._pending.popleft()
            self._app.handle(self._current.request, self._respond)
        self._listen()

    def _listen(self) -> None:
        if self._transport is None:
            return
        if self._pending or self._is_full or self._ends:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _respond(self, response: ServedResponse) -> None:
        parsed, self._current = self._current, None
        if parsed is None or self._transport is None:  # the client is gone
            return
        is_last = parsed.connection_line is CLOSE_LINE or (self._ends and not self._pending)
        line = CLOSE_LINE if is_last else parsed.connection_line
        body = b"" if parsed.request.method == "HEAD" else response.body
        self._transport.write(b"".join((response.head, date_line(int(time())), line, b"\r\n", body)))
        if is_last:
            self._close(self._transport)
        elif self._pending:
            asyncio.get_running_loop().call_soon(self._next)

    def _close(self, transport: asyncio.Transport) -> None:
        if self._ends:
            transport.close()
            return
        # Closed while the client still sends, the connection would be reset and the response lost with it.
        transport.write_eof()
        asyncio.get_running_loop().call_later(LINGER_S, transport.abort)


@lru_cache(maxsize=1)
def date_line(epoch_s: int) -> bytes:
    """Return the `date` header of a second."""
    return f"date: {formatdate(epoch_s, usegmt=True)}\r\n".encode("ascii")
