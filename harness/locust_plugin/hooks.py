"""Registers the gate with Locust: import this in a locustfile and `locust` becomes the gate.

The plug-in adds `--plan`, `--stage`, `--time-scale` and `--metrics-port`, starts the run when Locust's users
are up, and sets the exit code. It starts as that of an invalid run, which a crash leaves in place.
"""

from __future__ import annotations

import logging
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import gevent
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner

from harness.app.run_session import RunRequest, RunSession, StartError
from harness.app.target_environment import TargetEnvironment
from harness.load.backend import LocalBackend
from harness.load.locust.engine import Destination, build_generator
from harness.load.locust.paced import Paced, provide_generator
from harness.load.locust.pruning import prune
from harness.load.usage import process_gauge
from harness.locust_plugin.lifecycle import LocustLifecycle
from harness.locust_plugin.worker_key import seal_connections
from harness.locust_plugin.workers import make_coordinator, serve
from harness.plan.loader import PlanError, load_plan
from harness.record.window_source import WindowSource
from harness.rollout.exit_code import ExitCode

_LOG = logging.getLogger("harness")
_PRUNE_EVERY_S = 60.0
# Waiting users cost nothing, so all may spawn at once; and the plan says when the run ends.
_MISLEADING_WARNINGS = {"locust.runners": "spawn rate is very high", "locust.main": "No run time limit set"}

logging.getLogger("httpx").setLevel(logging.WARNING)
seal_connections()


@events.init_command_line_parser.add_listener
def _add_arguments(parser: ArgumentParser, **_: Any) -> None:
    # Locust calls this again for every page its web interface renders.
    group = parser.add_argument_group("Canary gate")
    group.add_argument("--plan", env_var="HARNESS_PLAN", help="the plan to run, a YAML file")
    group.add_argument("--stage", action="append", metavar="NAME", help="run only this stage (repeatable)")
    group.add_argument("--time-scale", type=float, default=1.0, help="divide every duration: a rehearsal")
    group.add_argument(
        "--metrics-port",
        type=int,
        metavar="PORT",
        help="serve live Prometheus metrics at 127.0.0.1:PORT/metrics",
    )
    group.add_argument(
        "--worker-key-file",
        metavar="FILE",
        env_var="HARNESS_WORKER_KEY_FILE",
        help="the key that master and workers on other machines share; or set HARNESS_WORKER_KEY",
    )


@events.init.add_listener
def _on_init(environment: Environment, runner: Runner, web_ui: Any, **_: Any) -> None:
    options = environment.parsed_options
    classes = [cls for cls in environment.user_classes if issubclass(cls, Paced)]
    if options is None or not classes:
        return
    request = _request_of(options)
    gevent.spawn(_prune_for_ever, environment)
    if isinstance(runner, WorkerRunner):
        environment.process_exit_code = ExitCode.PASS
        serve(environment, runner, request.plan, classes)
        return
    environment.process_exit_code = ExitCode.INVALID
    options.num_users = options.spawn_rate = request.plan.load.max_in_flight
    # The run starts by itself, also with Locust's web page.
    options.autostart = web_ui is not None
    for name in _MISLEADING_WARNINGS:
        logging.getLogger(name).addFilter(lambda record: _MISLEADING_WARNINGS[record.name] not in record.msg)
    try:
        session = _open_session(environment, runner, request, classes)
        LocustLifecycle(environment, runner, web_ui, session).listen()
    except Exception as error:
        # Locust would exit with 1, which has no meaning to a pipeline.
        _LOG.debug("the traceback of the run that could not start", exc_info=True)
        _end(ExitCode.INVALID, f"error: the run could not start: {type(error).__name__}: {error}")


@events.user_error.add_listener
def _on_user_error(user_instance: Any, exception: Exception, **_: Any) -> None:
    user = getattr(user_instance, "user", user_instance)
    if isinstance(user, Paced):
        user.arrival.task_raised(type(user).__name__, exception)


def _prune_for_ever(environment: Environment) -> NoReturn:
    while True:
        gevent.sleep(_PRUNE_EVERY_S)
        prune(environment.stats, time.time())


def _request_of(options: Namespace) -> RunRequest:
    if not options.plan:
        _end(ExitCode.BAD_USAGE, "error: no plan; name one with --plan FILE or in locust.conf")
    stages = options.stage or ()
    try:
        plan = load_plan(options.plan, stages=stages, time_scale=options.time_scale)
    except PlanError as error:
        _end(ExitCode.BAD_USAGE, *map(str, error.problems))
    return RunRequest(plan, Path(options.plan), stages, options.time_scale)


def _open_session(
    environment: Environment, runner: Runner, request: RunRequest, classes: Sequence[type]
) -> RunSession:
    # Workers introduce themselves while the targets still start, so the master has to listen from now on.
    coordinator = make_coordinator(runner, request.plan) if isinstance(runner, MasterRunner) else None

    def make_source(targets: TargetEnvironment) -> WindowSource:
        destination = Destination(targets.load.urls, targets.load.variant_header)
        if coordinator is not None:
            coordinator.open({"urls": dict(destination.urls), "variant_header": destination.variant_header})
            return coordinator
        generator = build_generator(request.plan, destination, classes, environment)
        provide_generator(environment, generator)
        return LocalBackend(generator, process_gauge())

    try:
        return RunSession(
            request, make_source, time.perf_counter, gevent.sleep, has_page=environment.web_ui is not None
        )
    except StartError as error:
        _end(ExitCode.INVALID, f"error: {error}")


def _end(code: ExitCode, *lines: str) -> NoReturn:
    sys.stderr.writelines(f"{line}\n" for line in lines)
    sys.exit(code)
