"""The server of a variant: a listening socket that can be closed and opened again, and its connections."""

import asyncio
import socket

from harness.demo.http.app import App
from harness.demo.http.connection import ServerConnection
from harness.demo.http.sockets import listen
from harness.demo.http.turns import Turns

_LOOK_EVERY_S = 0.01


class VariantServer:
    """Accepts connections for an application on one port, or refuses them."""

    def __init__(self, app: App, listening: socket.socket, turns: Turns) -> None:
        self._app = app
        self._turns = turns
        self._port: int = listening.getsockname()[1]
        self._listening: socket.socket | None = listening
        self._is_open = False
        self._connections: set[ServerConnection] = set()

    def open(self) -> None:
        """Listen, unless it already does; raises OSError when the port was taken meanwhile."""
        if not self._is_open:
            self._is_open = True
            self._listening = self._listening or listen(self._port)
            self._listening.setblocking(False)
            self._turns.watch(self._listening.fileno(), self._accept)

    def shut(self) -> None:
        """Refuse connections and end the open ones, responses under way included."""
        if self._is_open:
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

    def _accept(self, events: int) -> None:
        assert self._listening is not None
        while True:
            try:
                accepted, _ = self._listening.accept()
            except BlockingIOError:
                return
            except OSError:  # the client has gone meanwhile, or there are no descriptors left
                return
            accepted.setblocking(False)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            ServerConnection(accepted, self._app, self._turns, self._connections)

    def _refuse(self) -> None:
        if self._is_open and self._listening is not None:
            self._is_open = False
            self._turns.forget(self._listening.fileno())
            self._listening.close()
            self._listening = None

    def _reset(self) -> None:
        for connection in tuple(self._connections):
            connection.shut()
