"""A granian server inside this process's event loop, on a socket of ours, that can refuse connections."""

import asyncio
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

from harness.demo.sockets import BACKLOG, listen

CONNECTIONS_AT_MOST = 16_384
# granian's 30 s also closes connections that are idle between two requests: a load generator with more
# connections than it needs at the moment would meet closed ones.
_IDLE_AT_MOST_MS = 24 * 3600 * 1000
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class ServerDoor:
    """Lets connections in to an RSGI application on one port, or refuses them."""

    def __init__(self, app: Any, listening: socket.socket) -> None:
        self._app = app
        self._port: int = listening.getsockname()[1]
        self._serve(listening)

    async def open(self) -> None:
        """Listen again, unless it already does; raises OSError when the port was taken meanwhile."""
        if self._serving.done():
            self._serve(listen(self._port))

    async def shut(self) -> None:
        """Refuse connections and reset the open ones, answers on the way included."""
        if not self._serving.done():
            _reset_connections(self._port)
            self._server.stop()  # type: ignore[no-untyped-call]
            await self._serving

    async def close(self, grace_s: float) -> None:
        """Refuse connections and let answers on the way go out, for `grace_s` at most."""
        self._server.stop()  # type: ignore[no-untyped-call]
        await asyncio.wait((self._serving,), timeout=grace_s)

    def _serve(self, listening: socket.socket) -> None:
        self._server = _SocketServer(self._app, listening)
        self._serving = asyncio.get_running_loop().create_task(self._server.serve())


class _SocketServer(Server):
    """granian would open its port with SO_REUSEPORT, where a second demo would share it unnoticed."""

    def __init__(self, app: Any, listening: socket.socket) -> None:
        super().__init__(
            app,
            interface=Interfaces.RSGI,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=_IDLE_AT_MOST_MS),
            websockets=False,
            backlog=BACKLOG,
            backpressure=CONNECTIONS_AT_MOST,
            runtime_blocking_threads=1,
            log_level=LogLevels.error,
            log_access=False,
        )
        self._listening = listening

    def _init_shared_socket(self) -> None:
        # The server owns the descriptor from here on, and closes it when it stops.
        # Built as granian itself builds it when it hands a socket to a worker; its type stubs leave that out.
        self._shd = SocketHolder(self._listening.detach(), False, BACKLOG)  # type: ignore[call-arg, assignment]


def _reset_connections(port: int) -> None:
    """Have every connection to this port reset; granian itself offers no way to reach them."""
    for connection in _own_sockets():
        # An error means that the other side ended the connection first, or that this is the listening socket.
        with connection, suppress(OSError):
            connection.getpeername()
            if connection.family == socket.AF_INET and connection.getsockname()[1] == port:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                # The server sees the end of the input, gives up the answer it owes, and closes: that resets.
                connection.shutdown(socket.SHUT_RD)


def _own_sockets() -> Iterator[socket.socket]:
    """Duplicate the sockets of this process."""
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # closed meanwhile
            if str(link.readlink()).startswith("socket:"):
                yield socket.socket(fileno=os.dup(int(link.name)))
