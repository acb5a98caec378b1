"""Registers the gate with Locust: import this in a locustfile and `locust` becomes the gate.

The plug-in adds `--plan`, `--stage`, `--time-scale` and `--metrics-port`, starts the run when Locust's users
are up, and takes over the end of the process, whose exit code is read from the run directory.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from argparse import ArgumentError, ArgumentParser, Namespace
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import gevent
from gevent import monkey
from locust import events
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner

from harness.app.run_session import RunRequest, RunSession, StartError
from harness.app.target_environment import TargetEnvironment
from harness.load.backend import LocalBackend
from harness.load.locust.altered_python import what_is_left_out, what_is_replaced
from harness.load.locust.engine import Destination, build_generator
from harness.load.locust.hidden_modules import what_hides
from harness.load.locust.misleading_lines import leave_out_misleading_lines
from harness.load.locust.paced import Paced, provide_generator
from harness.load.locust.pruning import prune
from harness.load.locust.start_up import WITHIN_S, StartUp
from harness.load.workers.coordinator import Coordinator
from harness.locust_plugin.command_line.gate_options import (
    add_gate_options,
    bind_page_to_loopback,
    keep_runs_from_being_workers,
)
from harness.locust_plugin.controls import limit_time, take_controls
from harness.locust_plugin.end_deadline import end_soon, end_worker_by_signal
from harness.locust_plugin.lifecycle import LocustLifecycle
from harness.locust_plugin.listeners import Listeners
from harness.locust_plugin.parent import Parent
from harness.locust_plugin.process_exit import ProcessExit
from harness.locust_plugin.user_classes import UngatedUsers, Users, gated, spread_over_variants, with_tls_of
from harness.locust_plugin.watchdog import watch
from harness.locust_plugin.worker_key import seal_connections
from harness.locust_plugin.workers import make_coordinator, readiness_of, serve
from harness.plan.loader import PlanError, read_plan_file
from harness.plan.model import Plan
from harness.plan.overrides.values import OverrideError, Overrides
from harness.process.announcement import announce
from harness.process.end_signals import Ended, awaited_signals, raise_ended
from harness.process.logs import use_unfailing_logs
from harness.process.standard_streams import use_unfailing_streams
from harness.record.run_directory import RunDirectory, RunError
from harness.record.sources.recorded_requests import RecordedRequests
from harness.record.sources.usage import process_gauge
from harness.record.window_source import WindowSource
from harness.report.text.replay import replay_text
from harness.rollout.exit_code import ExitCode

_LOG = logging.getLogger("harness")
_PRUNE_EVERY_S = 60.0

use_unfailing_streams(monkey.get_original("_thread", "start_new_thread"))
use_unfailing_logs()
logging.getLogger("httpx").setLevel(logging.WARNING)
seal_connections()
_LISTENERS = Listeners()
_LISTENERS.take_over()


@events.init_command_line_parser.add_listener
def _on_options(parser: ArgumentParser, **_: Any) -> None:
    # Locust calls this again for every page its web interface renders.
    try:
        add_gate_options(parser)
        bind_page_to_loopback(parser)
        keep_runs_from_being_workers(parser)
    except ArgumentError as error:
        sys.stderr.write(f"error: {error}: the gate has an option of this name; give yours another one\n")
        sys.exit(ExitCode.BAD_USAGE)


def _on_init(environment: Environment, runner: Runner, web_ui: Any, **_: Any) -> None:
    if environment.parsed_options is None:
        return
    process_exit = ProcessExit()
    # By way of the hub: a plain handler may raise inside a lock of logging, which is then held for ever.
    starting = [gevent.signal_handler(number, raise_ended, number) for number in awaited_signals()]
    hub = gevent.get_hub()
    # Raised in the hub it goes to the main greenlet, without a traceback.
    hub.NOT_ERROR = (*hub.NOT_ERROR, Ended)
    if not isinstance(runner, WorkerRunner):
        process_exit.take_over()
    try:
        _refuse_taken_places(environment)
        _start(environment, runner, web_ui, _gated_classes(environment), process_exit)
    except _Refusal as refusal:
        process_exit.refuse(refusal.code)
        sys.stderr.writelines(f"{line}\n" for line in refusal.lines)
        sys.exit(refusal.code)
    except Ended as end:
        process_exit.refuse(ExitCode.INTERRUPTED)
        sys.stderr.write(f"{end.reason} ended the run before its first stage\n")
        sys.exit(ExitCode.INTERRUPTED)
    for handler in starting:
        handler.cancel()
    if isinstance(runner, WorkerRunner):
        end_worker_by_signal(process_exit.abandon)


# Before those of the locustfile, wherever it imports this: one that takes its time would leave users without
# what they need, and workers without a word for their master.
events.init._handlers.insert(0, _on_init)


def _start(
    environment: Environment, runner: Runner, web_ui: Any, classes: Sequence[type], process_exit: ProcessExit
) -> None:
    options = environment.parsed_options
    assert options is not None  # without options there is no command line to have started this
    if _LISTENERS.failure is not None and _LISTENERS.is_usage:
        raise _Refusal(ExitCode.BAD_USAGE, f"error: {_LISTENERS.failure}")
    request = _request_of(options, classes)
    parent = Parent(options.announce_run_to)
    gevent.spawn(_prune_for_ever, environment)
    users = Users(classes, _recorded(request.plan))
    if isinstance(runner, WorkerRunner):
        _start_worker(environment, runner, request.plan, users, process_exit)
    else:
        _start_run(environment, runner, web_ui, request, users, parent, process_exit)


def _start_worker(
    environment: Environment, runner: WorkerRunner, plan: Plan, users: Users, process_exit: ProcessExit
) -> None:
    environment.process_exit_code = ExitCode.PASS
    start_up = StartUp(time.monotonic)
    _LISTENERS.report_to(start_up.fail)
    serve(environment, runner, plan, users, start_up)
    # Before others, which may hang.
    environment.events.test_stopping._handlers.insert(
        0, lambda **_: end_soon(runner, process_exit.abandon, WITHIN_S)
    )


def _start_run(
    environment: Environment,
    runner: Runner,
    web_ui: Any,
    request: RunRequest,
    users: Users,
    parent: Parent,
    process_exit: ProcessExit,
) -> None:
    options = environment.parsed_options
    assert options is not None  # as above
    environment.process_exit_code = ExitCode.INVALID
    take_controls(environment, runner, web_ui, spread_over_variants(request.plan, users.classes))
    leave_out_misleading_lines()
    try:
        # Workers introduce themselves while the targets still start: the master has to listen from now on.
        coordinator = elsewhere = None
        if isinstance(runner, MasterRunner):
            coordinator = make_coordinator(runner, request.plan)
            elsewhere = partial(readiness_of, coordinator, runner)
        start_up = StartUp(time.monotonic, elsewhere=elsewhere)
        _LISTENERS.report_to(start_up.fail)
        session = _open_session(environment, coordinator, request, users, process_exit)
        lifecycle = LocustLifecycle(
            environment, runner, web_ui, session, parent, start_up, process_exit.abandon
        )
        lifecycle.listen()
        environment.events.test_start.add_listener(partial(_check_added_users, start_up))
        limit_time(options, sum(stage.duration_s for stage in request.plan.stages), lifecycle.interrupt)
        process_exit.after(lifecycle.conclude)
        watch(session.run, process_exit.abandon)
    except (StartError, RunError) as error:
        raise _Refusal(ExitCode.INVALID, f"error: {error}") from None
    except Exception as error:
        # Locust would exit with 1, which has no meaning to a pipeline.
        _LOG.debug("the traceback of the run that could not start", exc_info=True)
        raise _Refusal(
            ExitCode.INVALID, f"error: the run could not start: {type(error).__name__}: {error}"
        ) from None


def _recorded(plan: Plan) -> RecordedRequests | None:
    """Read the log that a plan replays; no other run loads what reads logs."""
    if plan.sent.replay is None:
        return None
    from harness.observe.past.past_logs import PastLogError
    from harness.observe.past.replayed_log import recorded_requests

    try:
        recorded = recorded_requests(plan.sent.replay)
    except PastLogError as error:
        raise _Refusal(ExitCode.BAD_USAGE, f"error: {error}") from None
    _LOG.info("%s", replay_text(recorded, plan.sent.replay))
    return recorded


def _refuse_taken_places(environment: Environment) -> None:
    folders = [Path(file).parent for file in environment.parsed_locustfiles or ()]
    problem = what_hides([Path.cwd(), *folders]) or what_is_replaced() or what_is_left_out()
    if problem is not None:
        raise _Refusal(ExitCode.BAD_USAGE, f"error: {problem}")


def _gated_classes(environment: Environment) -> Sequence[type]:
    try:
        return gated(environment.user_classes)
    except UngatedUsers as error:
        raise _Refusal(ExitCode.BAD_USAGE, *error.lines) from None


def _check_added_users(start_up: StartUp, environment: Environment, **_: Any) -> None:
    """Refuse users that a listener of `init` has added since."""
    try:
        gated(environment.user_classes)
    except UngatedUsers as error:
        start_up.fail(error.problems[0])


class _Refusal(Exception):
    """Nothing is started; the lines say why."""

    def __init__(self, code: ExitCode, *lines: str) -> None:
        super().__init__(*lines)
        self.code = code
        self.lines = lines


@events.user_error.add_listener
def _on_user_error(user_instance: Any, exception: Exception, **_: Any) -> None:
    user = getattr(user_instance, "user", user_instance)
    if isinstance(user, Paced):
        user.raised(exception)


def _prune_for_ever(environment: Environment) -> NoReturn:
    while True:
        gevent.sleep(_PRUNE_EVERY_S)
        prune(environment.stats, time.time())


def _request_of(options: Namespace, classes: Sequence[type]) -> RunRequest:
    if not options.plan:
        raise _Refusal(ExitCode.BAD_USAGE, "error: no plan; name one with --plan FILE or in locust.conf")
    stages = options.stage or ()
    try:
        overrides = Overrides.of(options.plan_values or (), os.environ)
        read = with_tls_of(classes, read_plan_file(options.plan, stages, options.time_scale, overrides))
    except PlanError as error:
        raise _Refusal(ExitCode.BAD_USAGE, *map(str, error.problems)) from None
    except UngatedUsers as error:
        raise _Refusal(ExitCode.BAD_USAGE, *error.lines) from None
    except OverrideError as error:
        raise _Refusal(ExitCode.BAD_USAGE, f"error: {error}") from None
    return RunRequest(read, stages, options.time_scale, root=Path(options.runs))


def _open_session(
    environment: Environment,
    coordinator: Coordinator | None,
    request: RunRequest,
    users: Users,
    process_exit: ProcessExit,
) -> RunSession:
    def make_source(targets: TargetEnvironment) -> WindowSource:
        destination = Destination(targets.load.urls, targets.load.variant_header)
        if coordinator is not None:
            coordinator.open({"urls": dict(destination.urls), "variant_header": destination.variant_header})
            return coordinator
        generator = build_generator(request.plan, destination, users.classes, environment, users.recorded)
        provide_generator(environment, generator)
        return LocalBackend(generator, process_gauge())

    def on_created(run: RunDirectory) -> None:
        process_exit.belong_to(run)
        if (parent := environment.parsed_options.announce_run_to) is not None:  # type: ignore[union-attr]
            announce(run.path, parent)

    return RunSession(
        request,
        make_source,
        time.perf_counter,
        gevent.sleep,
        on_created=on_created,
        has_page=environment.web_ui is not None,
    )
