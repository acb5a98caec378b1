"""Carries messages between the coordinator and its workers over Locust's own connections."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import gevent
from locust.env import Environment
from locust.exception import RPCError
from locust.rpc import Message
from locust.runners import MasterRunner, WorkerRunner

from harness.load.locust.engine import Destination, build_generator
from harness.load.locust.paced import provide_generator
from harness.load.locust.start_up import StartUp
from harness.load.readiness import Readiness
from harness.load.workers import coordinator as to_worker
from harness.load.workers import worker as to_master
from harness.load.workers.coordinator import HEARTBEAT_EVERY_S, Coordinator
from harness.load.workers.worker import Worker
from harness.locust_plugin.user_classes import Users
from harness.plan.model import Plan
from harness.record.sources.usage import process_gauge
from harness.rollout.exit_code import ExitCode

_LOG = logging.getLogger("harness")
_TICK_S = 0.1


def identity(plan: Plan) -> dict[str, str]:
    """Return what master and workers must agree on."""
    document = json.dumps(plan.to_document(), sort_keys=True)
    return {
        "harness": version("canary-harness"),
        "locust": version("locust"),
        "plan": hashlib.sha256(document.encode()).hexdigest()[:16],
    }


def make_coordinator(runner: MasterRunner, plan: Plan) -> Coordinator:
    """Return a coordinator that sends to the workers of a Locust master."""

    def send(kind: str, data: dict[str, Any], client_id: str) -> None:
        # Locust would raise for a worker that has gone; the coordinator notices its silence.
        if client_id in runner.clients:
            runner.send_message(kind, data, client_id)

    named = [stage.endpoints for stage in plan.stages]
    coordinator = Coordinator(identity(plan), send, time.perf_counter, gevent.sleep, named)
    gevent.spawn(_repeat, coordinator.heartbeat, HEARTBEAT_EVERY_S, lambda: True)
    _listen(runner, to_master.HELLO, lambda msg: coordinator.hello(msg.data, msg.node_id))
    _listen(runner, to_master.USERS, lambda msg: coordinator.users(msg.data))
    _listen(runner, to_master.STATUS, lambda msg: coordinator.status(msg.data))
    _listen(runner, to_master.WINDOW, lambda msg: coordinator.window(msg.data))
    return coordinator


def readiness_of(coordinator: Coordinator, runner: MasterRunner) -> Readiness:
    """Return whether all of the master's workers have been accepted, and their users are ready."""
    return coordinator.readiness(runner.worker_count)


def serve(
    environment: Environment,
    runner: WorkerRunner,
    plan: Plan,
    users: Users,
    start_up: StartUp,
) -> None:
    """Make this process a worker: it introduces itself until a master accepts it, then follows orders."""
    provide_generator(environment, None)
    token = f"{os.getpid()}-{time.monotonic_ns():x}"
    worker = Worker(token, identity(plan), runner.send_message, process_gauge(), time.perf_counter)
    environment.start_up = start_up  # type: ignore[attr-defined] # for the users
    _after_spawning(runner, start_up.all_spawned)

    def follow_users() -> None:
        problem = start_up.wait()
        worker.users = Readiness(problem is None, problem)

    def on_welcome(msg: Message) -> None:
        if worker.is_accepted or msg.data["token"] != token:
            return
        if msg.data["refused"]:
            worker.refused = msg.data["refused"]
            sys.stderr.write(f"error: the master refused this worker: {worker.refused}\n")
            environment.process_exit_code = ExitCode.BAD_USAGE
            return
        destination = Destination(msg.data["urls"], msg.data["variant_header"])
        generator = build_generator(plan, destination, users.classes, environment, users.recorded)
        provide_generator(environment, generator)
        worker.join(generator)

    _listen(runner, to_worker.WELCOME, on_welcome)
    _listen(runner, to_worker.BEGIN, lambda msg: worker.begin(msg.data))
    _listen(runner, to_worker.ACKNOWLEDGE, lambda msg: worker.acknowledge(msg.data))
    _listen(runner, to_worker.HEARTBEAT, lambda msg: worker.heartbeat(msg.data))
    _listen(runner, to_worker.STOP, lambda msg: worker.stop(msg.data))
    _listen(runner, to_worker.GIVE_UP, lambda msg: worker.give_up(msg.data))
    gevent.spawn(follow_users)
    ticking = gevent.spawn(
        _repeat, worker.tick, _TICK_S, lambda: not (worker.refused or worker.has_lost_master)
    )
    # Locust would wait a minute for its master, which no longer reads what this worker sends.
    ticking.link(lambda _: runner.quit())


def _after_spawning(runner: Any, then: Callable[[], None]) -> None:
    """Call `then` when a worker has spawned its users; Locust's event for it there is the master's."""
    report = runner.spawning_complete

    def spawning_complete(user_count: int) -> None:
        report(user_count)
        then()

    runner.spawning_complete = spawning_complete


def _repeat(action: Callable[[], None], every_s: float, while_: Callable[[], bool]) -> None:
    while while_():
        try:
            action()
        except RPCError as error:
            # The connection is down; messages that were not acknowledged are sent again.
            _LOG.debug("a message could not be sent: %s", error)
        gevent.sleep(every_s)


def _listen(runner: Any, kind: str, handle: Callable[[Message], None]) -> None:
    def guarded(environment: Environment, msg: Message, **_: Any) -> None:
        try:
            handle(msg)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # What a message should have brought is sent again, or missed by the account of the stage.
            _LOG.warning("dropped a malformed %s message: %s", kind, error)

    runner.register_message(kind, guarded)
