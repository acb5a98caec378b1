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

from harness.demo.http.answers import Answer
from harness.demo.http.app import App
from harness.demo.http.reader import CLOSES, ParsedRequest, RequestReader

LINGER_S = 1.0
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class ServerConnection(asyncio.Protocol):
    """Asks the application what one client asks, one request after the other; is in `all_open` while open.

    A client that asks more before it is answered, or does not take its answers, is not listened to meanwhile.
    """

    def __init__(self, app: App, all_open: set[ServerConnection]) -> None:
        self._app = app
        self._all_open = all_open
        self._asked: deque[ParsedRequest] = deque()
        self._answering: ParsedRequest | None = None
        self._reader = RequestReader(self._asked, self._go_on)
        self._transport: asyncio.Transport | None = None
        self._is_full = self._ends = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._all_open.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Forget what was asked."""
        self._transport = None
        self._asked.clear()
        self._reader.close()
        self._all_open.discard(self)

    def data_received(self, data: bytes) -> None:
        """Take what the client sent."""
        self._reader.feed(data)
        self._next()

    def eof_received(self) -> bool:
        """Answer what a client asked before it ended its side."""
        self._reader.end()
        self.finish()
        return self._answering is not None

    def pause_writing(self) -> None:
        """Notice that the client does not take its answers."""
        self._is_full = True
        self._listen()

    def resume_writing(self) -> None:
        """Notice that it does again."""
        self._is_full = False
        self._listen()

    def finish(self) -> None:
        """Close when all that was asked is answered."""
        self._ends = True
        self._next()
        if self._answering is None and self._transport is not None:
            self._transport.close()

    def shut(self) -> None:
        """Close at once: with a reset where an answer is owed."""
        if self._transport is not None:
            if self._answering is not None:
                connection = self._transport.get_extra_info("socket")
                connection.setsockopt(SOL_SOCKET, SO_LINGER, _RESET_ON_CLOSE)
            self._transport.abort()

    def _go_on(self) -> None:
        if self._transport is not None:
            self._transport.write(_CONTINUE)

    def _next(self) -> None:
        if self._answering is None and self._asked:
            self._answering = self._asked.popleft()
            self._app.take(self._answering.request, self._answer)
        self._listen()

    def _listen(self) -> None:
        if self._transport is None:
            return
        if self._asked or self._is_full or self._ends:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def _answer(self, answer: Answer) -> None:
        asked, self._answering = self._answering, None
        if asked is None or self._transport is None:  # the client is gone
            return
        is_last = asked.connection_line is CLOSES or (self._ends and not self._asked)
        line = CLOSES if is_last else asked.connection_line
        body = b"" if asked.request.method == "HEAD" else answer.body
        self._transport.write(b"".join((answer.head, date_line(int(time())), line, b"\r\n", body)))
        if is_last:
            self._close(self._transport)
        elif self._asked:
            asyncio.get_running_loop().call_soon(self._next)

    def _close(self, transport: asyncio.Transport) -> None:
        if self._ends:
            transport.close()
            return
        # Closed while the client still sends, the connection would be reset, and the answer be lost with it.
        transport.write_eof()
        asyncio.get_running_loop().call_later(LINGER_S, transport.abort)


@lru_cache(maxsize=1)
def date_line(epoch_s: int) -> bytes:
    """Give the head's line about the present second."""
    return f"date: {formatdate(epoch_s, usegmt=True)}\r\n".encode("ascii")
