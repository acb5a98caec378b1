"""The server of a variant: a listening socket that can be closed and opened again, and its connections."""

import asyncio
import socket

from harness.demo.http.app import App
from harness.demo.http.connection import ServerConnection
from harness.demo.http.sockets import BACKLOG, listen

_LOOK_EVERY_S = 0.01


class VariantServer:
    """Accepts connections for an application on one port, or refuses them."""

    def __init__(self, app: App, listening: socket.socket) -> None:
        self._app = app
        self._port: int = listening.getsockname()[1]
        self._listening: socket.socket | None = listening
        self._server: asyncio.AbstractServer | None = None
        self._connections: set[ServerConnection] = set()

    async def open(self) -> None:
        """Listen, unless it already does; raises OSError when the port was taken meanwhile."""
        if self._server is None:
            # Our own socket: one that the event loop opens could be shared by a second demo without an error.
            listening, self._listening = self._listening or listen(self._port), None
            self._server = await asyncio.get_running_loop().create_server(
                lambda: ServerConnection(self._app, self._connections), sock=listening, backlog=BACKLOG
            )

    async def shut(self) -> None:
        """Refuse connections and end the open ones, responses under way included."""
        if self._server is not None:
            self._refuse()
            self._reset()

    async def close(self, grace_s: float) -> None:
        """Refuse connections, wait up to `grace_s` for the responses under way, then end the rest."""
        self._refuse()
        for connection in tuple(self._connections):
            connection.finish()
        for _ in range(round(grace_s / _LOOK_EVERY_S)):
            if not self._connections:
                break
            await asyncio.sleep(_LOOK_EVERY_S)
        self._reset()

    def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _reset(self) -> None:
        for connection in tuple(self._connections):
            connection.shut()
