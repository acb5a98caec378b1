"""One variant as a process: `python -m harness.demo.process SETTINGS`, started by the supervisor alone."""

import asyncio
import gc
import os
import signal
import socket
import sys
from contextlib import suppress
from time import monotonic

import uvloop

from harness.demo.behaviour.behaviour import Behaviour
from harness.demo.behaviour.symptoms import Symptoms
from harness.demo.behaviour.valve import Valve
from harness.demo.given_faults import faults_of
from harness.demo.http.app import App
from harness.demo.http.responses import ResponseFactory
from harness.demo.http.server import VariantServer
from harness.demo.http.turns import Turns
from harness.demo.metrics import RequestMetrics, registry_of
from harness.demo.routes import api_routes, fault_routes, operating_routes
from harness.demo.settings import Settings
from harness.demo.tasks import TaskStore
from harness.plan.variant import Variant
from harness.process.main_loop import on_parent_end
from harness.process.priority import give_way

GRACE_S = 1.0


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM; SIGHUP clears the faults, as no request can while connections are refused."""
    loop = asyncio.get_running_loop()
    # Without its supervisor nobody can end it any more.
    on_parent_end(os._exit, 0)
    behaviour = Behaviour(settings.seed, settings.variant, faults_of(settings.faults), monotonic())
    valve = Valve(loop.call_soon)
    turns = Turns(loop)
    app = application(settings.variant, behaviour, valve, turns)
    server = VariantServer(app, socket.socket(fileno=settings.listening_fd), turns)
    server.open()
    showing = loop.create_task(Symptoms(behaviour, valve, server, os._exit).run(monotonic))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, showing.cancel)
    loop.add_signal_handler(signal.SIGHUP, lambda: behaviour.set(None, monotonic()))
    # What exists now stays, and a request leaves no cycles: collections would only add tail latency.
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)
    with suppress(asyncio.CancelledError):
        await showing
    await server.close(GRACE_S)


def application(variant: Variant, behaviour: Behaviour, valve: Valve, turns: Turns) -> App:
    """Assemble the service of one variant."""
    responses, metrics = ResponseFactory(variant), RequestMetrics()
    routes = (
        *api_routes(responses, TaskStore()),
        *operating_routes(responses, variant, registry_of(metrics), lambda: valve.is_open),
        *fault_routes(responses, lambda: behaviour.faults, lambda faults: behaviour.set(faults, monotonic())),
    )
    return App(routes, responses=responses, behaviour=behaviour, moments=turns, valve=valve, metrics=metrics)


if __name__ == "__main__":
    given = Settings.from_json(sys.argv[1])
    # The service shares its machine with what measures it.
    give_way()
    try:
        uvloop.run(serve(given))
    except OSError as error:
        sys.exit(f"{given.variant}: cannot listen again: {os.strerror(error.errno or 0)}")
