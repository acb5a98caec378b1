"""Puts the server together and shuts it down: a run under way keeps its evidence."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Mapping
from typing import Any

from harness.process.end_signals import awaited_signals
from harness.process.taken_port import cannot_listen
from harness.serve.offer import Offer
from harness.serve.registry import RunRegistry
from harness.serve.runner import Runner
from harness.serve.secret import Secret
from harness.serve.server import GateServer

_ENDS_WITHIN_S = 60.0


class ServeError(Exception):
    """The server cannot start; the text says why."""


def serve(
    address: tuple[str, int],
    offers: Mapping[str, Offer],
    secret: Secret,
    runner: Runner,
    echo: Callable[[str], object],
) -> None:
    """Serve until a signal; raises ServeError when it cannot listen on the address."""
    registry = RunRegistry(runner)
    try:
        server = GateServer(address, offers, registry, secret, runner.path)
    except OSError as error:
        raise ServeError(cannot_listen(f"{address[0]}:{address[1]}", error, "--port")) from None
    with server:
        _end_on_signals(server)
        echo(f"http://{address[0]}:{server.server_port} offers {', '.join(offers)}")
        server.serve_forever()
    runner.stop()
    registry.wait(_ENDS_WITHIN_S)


def _end_on_signals(server: GateServer) -> None:
    def end(*_: Any) -> None:
        # `shutdown` waits for the loop that this handler interrupts, so another thread must call it.
        threading.Thread(target=server.shutdown, daemon=True).start()

    for number in awaited_signals():
        signal.signal(number, end)
