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
from harness.demo.behaviour.waits import Waits
from harness.demo.http.answers import Answers
from harness.demo.http.app import App
from harness.demo.http.server import ServerDoor
from harness.demo.metrics import RequestMetrics, registry_of
from harness.demo.routes import api_routes, fault_routes, operating_routes
from harness.demo.settings import Settings
from harness.demo.tasks import TaskStore
from harness.plan.faults import Faults
from harness.plan.variant import Variant

GRACE_S = 1.0


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM. SIGHUP clears the faults: while connections are refused no request can do that."""
    loop = asyncio.get_running_loop()
    end_with(loop, settings.supervisor_pid)
    behaviour = Behaviour(settings.seed, settings.variant, Faults.parse(*settings.faults), monotonic())
    gate = Valve(loop.call_soon)
    app = application(settings.variant, behaviour, gate, Waits(loop))
    door = ServerDoor(app, socket.socket(fileno=settings.listening_fd))
    await door.open()
    showing = loop.create_task(Symptoms(behaviour, gate, door, os._exit).run(monotonic))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, showing.cancel)
    loop.add_signal_handler(signal.SIGHUP, lambda: behaviour.set(Faults.parse(), monotonic()))
    # What exists by now stays, and a request leaves no cycles: collections would only cost tail latency.
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)
    with suppress(asyncio.CancelledError):
        await showing
    await door.close(GRACE_S)


def application(variant: Variant, behaviour: Behaviour, gate: Valve, waits: Waits) -> App:
    """Put the service of one variant together."""
    answers, metrics = Answers(variant), RequestMetrics()
    routes = (
        *api_routes(answers, TaskStore()),
        *operating_routes(answers, variant, registry_of(metrics), lambda: gate.is_open),
        *fault_routes(answers, lambda: behaviour.faults, lambda faults: behaviour.set(faults, monotonic())),
    )
    return App(routes, answers=answers, behaviour=behaviour, at=waits.at, gate=gate, metrics=metrics)


def end_with(loop: asyncio.AbstractEventLoop, pid: int) -> None:
    """End this process at once when its parent process `pid` is gone, however that ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        os._exit(0)
    loop.add_reader(descriptor, os._exit, 0)
    # Looked at last: the pid may have been gone, and even given to another process, before it was opened.
    if os.getppid() != pid:
        os._exit(0)


if __name__ == "__main__":
    given = Settings.from_json(sys.argv[1])
    try:
        uvloop.run(serve(given))
    except OSError as error:
        sys.exit(f"{given.variant}: cannot listen again: {os.strerror(error.errno or 0)}")
