"""Logs that come as a stream: standard input, and syslog over UDP or a unix socket."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from harness.observe.access_log.following.line_buffer import LineBuffer

_PIECE_BYTES: Final = 1 << 20
_MAX_DATAGRAM_BYTES: Final = 1 << 16
_MAX_READ_BYTES: Final = 1 << 24
_RECEIVE_BUFFER_BYTES: Final = 1 << 24
# Linux counts what a socket had no room for: SO_RXQ_OVFL in socket(7), which the module does not name.
_SO_RXQ_OVFL: Final = 40
_ANCILLARY_BYTES: Final = 64
# The headers of RFC 3164 and RFC 5424; HAProxy and nginx send the former.
_SYSLOG: Final = re.compile(
    rb"<\d{1,3}>(?:1 \S+ \S+ \S+ \S+ \S+ (?:-|\[.*?\]) ?"
    rb"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:[^\s:\[]+ )?[^\s:\[]+(?:\[\d+\])?: ?)?"
)


class StandardInput:
    """Lines from a file descriptor that somebody writes to."""

    absence = None
    identities: frozenset[int] = frozenset()

    def __init__(self, fd: int) -> None:
        self._fd = fd
        os.set_blocking(fd, False)
        self._lines = LineBuffer()
        self._is_over = False
        self.torn = 0
        self.lost: list[str] = []

    def read(self) -> Iterator[bytes]:
        """Yield whole lines up to now."""
        while not self._is_over:
            try:
                data = os.read(self._fd, _PIECE_BYTES)
            except BlockingIOError:
                return
            if lines := self._lines.feed(data):
                yield lines
            self.torn, self._lines.dropped = self.torn + self._lines.dropped, 0
            if not data:
                self._is_over = True
                self.torn += self._lines.end()
                self.lost.append("the log on standard input ended")

    def close(self) -> None:
        """Leave it to its owner."""


class SyslogSocket:
    """Lines that a router sends as datagrams."""

    absence = None
    identities: frozenset[int] = frozenset()

    def __init__(self, listening: socket.socket, path: Path | None = None) -> None:
        self._socket, self._path = listening, path
        listening.setblocking(False)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        listening.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
        self._overflown = 0
        self.torn = 0
        self.lost: list[str] = []

    @classmethod
    def udp(cls, host: str, port: int) -> SyslogSocket:
        """Listen on a UDP port."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_DGRAM)
        listening.bind((host, port))
        return cls(listening)

    @classmethod
    def unix(cls, path: str) -> SyslogSocket:
        """Listen on a unix socket that routers of any user can send to; one that was left is replaced."""
        place = Path(path)
        if place.is_socket():
            place.unlink()
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listening.bind(path)
        # As /dev/log: nginx's workers, which send, are not of the user who starts it.
        place.chmod(0o666)
        return cls(listening, place)

    def read(self) -> Iterator[bytes]:
        """Yield the messages that have come."""
        messages: list[bytes] = []
        size = 0
        while size < _MAX_READ_BYTES:
            try:
                data, ancillary, _, _ = self._socket.recvmsg(_MAX_DATAGRAM_BYTES, _ANCILLARY_BYTES)
            except BlockingIOError:
                break
            size += len(data)
            messages += _messages(data)
            for _, kind, value in ancillary:
                if kind == _SO_RXQ_OVFL:
                    self._count_overflow(int.from_bytes(value[:4], "little"))
        if messages:
            yield b"\n".join(messages) + b"\n"

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _count_overflow(self, overflown: int) -> None:
        if overflown > self._overflown:
            self._overflown = overflown
            self.lost.append(
                f"the system dropped {overflown:,} messages of the log because they came too fast"
            )


def _messages(data: bytes) -> list[bytes]:
    """Return the lines of a datagram without syslog's header and NULs."""
    header = _SYSLOG.match(data)
    text = data[header.end() :] if header else data
    return [line for line in text.replace(b"\0", b"").split(b"\n") if line]
