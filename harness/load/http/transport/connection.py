"""One HTTP/1.1 connection, driven by the event loop.

The socket's read watcher stays registered for the connection's life, and its callback reads and parses: a
request costs one send, one receive and one switch back into the user's greenlet. It is never sent twice.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import suppress
from math import isnan
from typing import Any

from gevent import get_hub, getcurrent

from harness.load.errors import HttpError, TimedOut, connection_failed
from harness.load.http.request import Request
from harness.load.http.target import SocketAddress
from harness.load.http.tls_stream import TlsClient, TlsStream
from harness.load.http.transport.addresses import Addresses
from harness.load.http.transport.dialing import connect_first, is_stale, wait_writable
from harness.load.http.transport.exchange import ConnectTimings
from harness.load.http.transport.handshake import shake_hands
from harness.load.http.transport.http1 import encode
from harness.load.http.transport.known_heads import KnownHeads
from harness.load.http.transport.outbox import Outbox
from harness.load.http.transport.proxying import Passage, Tunnel
from harness.load.http.transport.response_parser import ResponseParser
from harness.record.histograms.clocks import UNKNOWN_S

_READ = 1
_CHUNK_BYTES = 65_536
# A connection idle for longer is checked before it is used: the service may just have closed it.
_FRESH_S = 0.5


class Connection:
    """A keep-alive connection to one target, used by one greenlet at a time; see `Exchange`."""

    __slots__ = (
        "_address",
        "_addresses",
        "_clock",
        "_deadline_s",
        "_hub",
        "_outbox",
        "_passage",
        "_sock",
        "_stream",
        "_tls",
        "_turn",
        "_unsent",
        "_waiter",
        "_watcher",
        "connected",
        "ended_s",
        "error",
        "first_byte_s",
        "response",
        "sent_s",
    )

    def __init__(
        self,
        addresses: Addresses,
        clock: Callable[[], float],
        outbox: Outbox,
        known_heads: KnownHeads,
        tls: TlsClient | None = None,
        passage: Passage | None = None,
    ) -> None:
        self._addresses = addresses
        self._turn = addresses.next_turn()
        self._address: SocketAddress | None = None
        self._clock = clock
        self._outbox = outbox
        self._tls = tls
        self._passage = passage
        self._hub: Any = None
        self._sock: Any = None
        self._watcher: Any = None
        self._stream: TlsStream | None = None
        self._unsent = b""
        self._waiter: Callable[[], Any] | None = None
        self.response = ResponseParser(known_heads)
        self._deadline_s = self.sent_s = self.ended_s = 0.0
        self.first_byte_s = UNKNOWN_S
        self.error: HttpError | None = None
        self.connected: ConnectTimings | None = None

    def exchange(
        self, request: Request, now_s: float, deadline_s: float, read_s: float | None = None
    ) -> None:
        """Send a request and wait for its response; see `Exchange`."""
        response = self.response
        self._begin(now_s, deadline_s)
        try:
            if self._sock is None or (
                now_s - self.ended_s > _FRESH_S and is_stale(self._sock, self._stream is not None)
            ):
                self._open()
            response.expect(request.method == "HEAD")
            if read_s is not None:
                self._deadline_s = self._clock() + read_s
            data = request.encoded or (encode if self._passage is None else self._passage.encode)(request)
            self._unsent = data if self._stream is None else self._stream.encrypt(data)
            self._outbox.add(self)
            while not response.complete and self.error is None:
                self._pause()
                if self._unsent:
                    rest, self._unsent = self._unsent, b""
                    self._send_all(rest)
        except (HttpError, OSError) as error:
            self._fail(error)
        except BaseException:
            self.close()
            raise

    def open_ahead(self, now_s: float, deadline_s: float) -> bool:
        """Open the connection before its first request; see `Exchange`."""
        if self._sock is None:
            self._begin(now_s, deadline_s)
            try:
                with suppress(HttpError, OSError):
                    self._open()
                    self.response.complete = True  # nobody waits for one
            finally:
                if not self.response.complete:
                    self.close()
            self.ended_s = self._clock()
        return self._sock is not None

    def _begin(self, now_s: float, deadline_s: float) -> None:
        # Not in `exchange`: a compiler would take these values for true there until it assigns others.
        self.error = self.connected = None
        self.sent_s = now_s
        self.first_byte_s = UNKNOWN_S
        self._deadline_s = deadline_s

    def flush(self) -> None:
        """Send the request, unless it was given up; the waiting greenlet sends what does not fit."""
        data = self._unsent
        if not data:
            return
        if self.connected is None:
            self.sent_s = self._clock()
        try:
            self._unsent = data[self._sock.send(data) :]
        except BlockingIOError:
            pass
        except OSError as error:
            self._fail(error)
        if self._unsent or self.error is not None:
            self._wake_soon()

    def expire(self, now_s: float) -> None:
        """End an exchange whose deadline has passed."""
        if self._waiter is not None and self._deadline_s <= now_s and self.error is None:
            self._fail(TimedOut("timeout"))
            self._wake_soon()

    def leave_old_address(self) -> None:
        """Close an idle connection to an address that the host no longer resolves to."""
        if self._waiter is None and self.response.complete and self._address not in self._addresses.known:
            self.close()

    def close(self) -> None:
        """Close the socket; the next exchange opens a new one."""
        self._unsent = b""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
            self._watcher = None
        if self._stream is not None:
            self._stream.keep_session()
            self._stream = None
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    def _open(self) -> None:
        self.close()
        self._hub = get_hub()
        self.response.expect(False)  # forget what an earlier response left
        began_s = self._clock()
        try:
            order, loop = self._addresses.in_order(self._turn), self._hub.loop
            self._sock, self._address, worse = connect_first(order, loop, self._pause_or_fail, self._wake)
            self._addresses.avoid(worse)
            if self._passage is not None and (tunnel := self._passage.tunnel()) is not None:
                self._shake_hands(tunnel)
        except (HttpError, OSError) as error:
            if self._passage is None:
                raise
            raise self._passage.failed(error) from error
        connected_s = self._clock()
        stream = self._stream = None if self._tls is None else self._tls.open()
        if stream is not None:
            self._shake_hands(stream)
        self.response.begin_connection()
        self._watch(self._on_readable)
        resumed = stream is not None and stream.resumed
        self.connected = ConnectTimings(connected_s - began_s, self._clock() - connected_s, resumed)

    def _shake_hands(self, stream: TlsStream | Tunnel) -> None:
        self._watch(self._wake)
        shake_hands(self._sock, stream, self._send_all, self._pause_or_fail)

    def _send_all(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._sock.send(rest) :]
            except BlockingIOError:
                wait_writable(self._sock, self._hub.loop, self._pause_or_fail, self._wake)
            if self.response.complete or self.error is not None:
                # The service responded or closed before it read everything: no further request fits on here.
                self.close()
                return

    def _pause(self) -> None:
        self._waiter = getcurrent().switch
        try:
            self._hub.switch()
        finally:
            self._waiter = None

    def _pause_or_fail(self) -> None:
        self._pause()
        if self.error is not None:
            raise self.error

    def _watch(self, callback: Callable[[], None]) -> None:
        if self._watcher is None:
            self._watcher = self._hub.loop.io(self._sock.fileno(), _READ)
        self._watcher.stop()
        self._watcher.start(callback)

    def _fail(self, error: HttpError | OSError) -> None:
        self.error = error if isinstance(error, HttpError) else connection_failed(error)
        self.ended_s = self._clock()
        self.close()
        self._addresses.doubt()

    def _wake_soon(self) -> None:
        # Not at once: this may be called from another greenlet than the hub. And not at all if it waits for
        # something else by then: it would believe that the connection is open.
        if self._waiter is not None:
            self._hub.loop.run_callback(self._wake_from, self._waiter)

    def _wake_from(self, waiter: Callable[[], Any]) -> None:
        if self._waiter is waiter:
            self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            waiter()

    def _on_readable(self) -> None:
        response = self.response
        try:
            self._receive()
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        except HttpError as error:
            self.error = error
        except ssl.SSLEOFError:
            # Without a TLS close_notify, anybody may have ended the connection (RFC 9112 §9.8).
            self.error = response.cut_short()
        except OSError as error:
            self.error = connection_failed(error)
        now_s = self._clock()
        if isnan(self.first_byte_s) and self.error is None:
            self.first_byte_s = now_s
        if self._sock is not None and (response.complete or self.error is not None):
            self.ended_s = now_s
            if self.error is not None or not response.keep_alive:
                self.close()
            self._wake()

    def _receive(self) -> None:
        response, stream = self.response, self._stream
        data = self._sock.recv(_CHUNK_BYTES)
        if stream is not None:
            stream.receive(data)
            data = stream.decrypt()
        if response.complete:
            # Nobody is waiting: the service closed an idle connection, or sent something without a request.
            self.close()
            return
        if data:
            response.feed(data)
        if not data or (stream is not None and stream.ended and not response.complete):
            response.end()
