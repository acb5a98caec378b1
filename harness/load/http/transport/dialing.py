"""Plain sockets that never block: connecting, waiting to send, and whether an idle one can still be used."""

from __future__ import annotations

import errno
import os
import resource
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from gevent import monkey

from harness.load.http.target import SocketAddress

# gevent's own socket would register and remove a watcher for every read.
_Socket: Any = monkey.get_original("socket", "socket")
_WRITE = 2
# RFC 8305 §5: the next address is tried beside the ones before when they are silent for this long.
ATTEMPT_DELAY_S = 0.25
# Files that connections leave to the process: without any, the run could not record what happened.
_KEPT_FILES = 64


class _Attempt:
    """A socket on its way to an address; `wake` is called when its connecting has ended."""

    def __init__(self, address: SocketAddress, loop: Any, wake: Callable[[], None]) -> None:
        self.address = address
        self._watcher: Any = None
        family, name = address
        self.sock = _opened(family)
        self.sock.setblocking(False)
        if family != socket.AF_UNIX:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.code: int = self.sock.connect_ex(name)
        """The error number of its connecting so far, 0 once it is connected."""
        if self.code == errno.EINPROGRESS:
            self._watcher = loop.io(self.sock.fileno(), _WRITE)
            self._watcher.start(self._end, wake)

    def _end(self, wake: Callable[[], None]) -> None:
        self.code = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self.stop()
        wake()

    def stop(self) -> None:
        """Watch the socket no more."""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
            self._watcher = None

    def close(self) -> None:
        """Give the attempt up."""
        self.stop()
        self.sock.close()


def _opened(family: socket.AddressFamily) -> Any:
    """Return a new socket; raises OSError where it would be one of the last files of this process."""
    sock = _Socket(family, socket.SOCK_STREAM)
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    # A new file gets the lowest free number.
    if limit != resource.RLIM_INFINITY and sock.fileno() >= limit - min(_KEPT_FILES, limit // 4):
        sock.close()
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
    return sock


def connect_first(
    addresses: Sequence[SocketAddress], loop: Any, pause: Callable[[], None], wake: Callable[[], None]
) -> tuple[Any, SocketAddress, Sequence[SocketAddress]]:
    """Return the first socket that connects, its address, and those that failed or were silent before it.

    Addresses are tried in turn: the next one when the one before has failed, or beside it after 250 ms.
    `pause` waits until something calls `wake`, and may raise. Raises the OSError of the last address.
    """
    under_way: list[_Attempt] = []
    failure: OSError | None = None
    remaining = list(reversed(addresses))
    try:
        while remaining or under_way:
            if remaining:
                try:
                    under_way.append(_Attempt(remaining.pop(), loop, wake))
                except OSError as error:
                    failure = error
            _wait(under_way, loop.timer(ATTEMPT_DELAY_S) if remaining else None, pause, wake)
            for attempt in _ended(under_way):
                under_way.remove(attempt)
                if attempt.code == 0:
                    return attempt.sock, attempt.address, addresses[: addresses.index(attempt.address)]
                failure = OSError(attempt.code, os.strerror(attempt.code))
                attempt.close()
    finally:
        for attempt in under_way:
            attempt.close()
    raise failure or OSError(errno.EHOSTUNREACH, "the host has no address")


def _wait(
    under_way: Sequence[_Attempt], timer: Any, pause: Callable[[], None], wake: Callable[[], None]
) -> None:
    """Wait until an attempt has ended, or until the timer fires."""
    try:
        if timer is not None:
            timer.start(wake)
        if under_way and not any(_ended(under_way)):
            pause()
    finally:
        if timer is not None:
            timer.stop()
            timer.close()


def _ended(under_way: Sequence[_Attempt]) -> Iterator[_Attempt]:
    return iter([attempt for attempt in under_way if attempt.code != errno.EINPROGRESS])


def wait_writable(sock: Any, loop: Any, pause: Callable[[], None], wake: Callable[[], None]) -> None:
    """Wait until a socket takes more; `pause` waits until something calls `wake`, and may raise."""
    watcher = loop.io(sock.fileno(), _WRITE)
    watcher.start(wake)
    try:
        pause()
    finally:
        watcher.stop()
        watcher.close()


def is_stale(sock: Any, tls: bool) -> bool:
    """Whether the service closed an idle connection, or sent something without being asked."""
    try:
        sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True
    # Over TLS it may be a new session ticket; the connection finds out when it reads.
    return not tls
