"""One HTTP/1.1 connection driven by the hub.

The socket's read watcher stays registered for the connection's life, and its callback reads and parses:
a request costs one send, one receive and one switch back into the user's greenlet, and the time of the
last byte is taken the moment it was read. A request is never sent twice.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from typing import Any

from gevent import get_hub, getcurrent, monkey
from gevent.socket import wait_write

from harness.load.answer import Answer
from harness.load.response import BadResponse, ConnectionFailed, HttpError, TimedOut

_READ = 1
_CHUNK_BYTES = 65_536
# The plain socket: gevent's own would register and remove a watcher for every single read.
_Socket: Any = monkey.get_original("socket", "socket")

Address = tuple[socket.AddressFamily, Any]


class Connection:
    """A keep-alive connection to one address, used by one greenlet at a time."""

    __slots__ = ("_address", "_clock", "_sock", "_waiter", "_watcher", "answer", "deadline_s", "ended_s", "error")

    def __init__(self, address: Address, clock: Callable[[], float]) -> None:
        self._address = address
        self._clock = clock
        self._sock: Any = None
        self._watcher: Any = None
        self._waiter: Callable[[], Any] | None = None
        self.answer = Answer()
        self.deadline_s = 0.0
        self.ended_s = 0.0
        self.error: HttpError | None = None

    def exchange(self, request: bytes, deadline_s: float, bodiless: bool = False) -> None:
        """Send a request and wait for its answer; ``bodiless`` for HEAD.

        Afterwards ``answer`` is filled or ``error`` is set, and ``ended_s`` says when, in the clock's time.
        Raises only what kills the greenlet, after closing the connection.
        """
        self.answer.expect(bodiless)
        self.error = None
        self.deadline_s = deadline_s
        try:
            if self._sock is None:
                self._connect()
            self._send(request)
            if not self._over:
                self._waiter = getcurrent().switch
                get_hub().switch()
        except HttpError as error:
            self._fail(error)
        except OSError as error:
            self._fail(ConnectionFailed(_reason(error)))
        except BaseException:
            self.close()
            raise
        finally:
            self._waiter = None

    def expire(self, now_s: float) -> None:
        """End an exchange whose deadline has passed; called by the hub."""
        if self._waiter is not None and self.deadline_s <= now_s:
            self._fail(TimedOut("timeout"))
            self._wake()

    def close(self) -> None:
        """Close the socket; the next exchange opens a new one."""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
            self._watcher = None
        if self._sock is not None:
            self._sock.close()
            self._sock = None

    @property
    def _over(self) -> bool:
        return self.answer.complete or self.error is not None

    def _connect(self) -> None:
        family, sockaddr = self._address
        sock = _Socket(family, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            if family != socket.AF_UNIX:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            code = sock.connect_ex(sockaddr)
            if code == errno.EINPROGRESS:
                self._wait_writable(sock)
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, os.strerror(code))
        except BaseException:
            sock.close()
            raise
        self._sock = sock
        self.answer.begin_connection()
        self._watcher = get_hub().loop.io(sock.fileno(), _READ)
        self._watcher.start(self._on_readable)

    def _wait_writable(self, sock: Any) -> None:
        left_s = max(self.deadline_s - self._clock(), 0.001)
        wait_write(sock.fileno(), timeout=left_s, timeout_exc=TimedOut("timeout"))

    def _send(self, request: bytes) -> None:
        try:
            sent = self._sock.send(request)
        except BlockingIOError:
            sent = 0
        while sent < len(request):
            self._wait_writable(self._sock)
            if self._over:
                # The service answered or hung up before it had read everything.
                return
            sent += self._sock.send(memoryview(request)[sent:])

    def _fail(self, error: HttpError) -> None:
        self.error = error
        self.ended_s = self._clock()
        self.close()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            waiter()

    def _on_readable(self) -> None:
        try:
            data = self._sock.recv(_CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            data, self.error = b"", ConnectionFailed(_reason(error))
        answer = self.answer
        if answer.complete:
            # Nobody is waiting: the service closed an idle connection or sent what nobody asked for.
            self.close()
            return
        if data:
            try:
                answer.feed(data)
            except BadResponse as error:
                self.error = error
        elif answer.ends_with_connection():
            answer.complete = True
        elif self.error is None:
            self.error = ConnectionFailed(
                "closed before the answer was complete" if answer.status else "closed without an answer"
            )
        if self._over:
            self.ended_s = self._clock()
            if self.error is not None or not answer.keep_alive:
                self.close()
            self._wake()


def _reason(error: OSError) -> str:
    return error.strerror.lower() if error.strerror else str(error)
