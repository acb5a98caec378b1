"""Wires the gate into Locust: import this in a locustfile and `locust` becomes the gate.

The plug-in adds `--plan`, `--stage` and `--time-scale`, starts the controller when Locust's users are up,
and sets the exit code. Anything that goes wrong on the way leaves the code it started with: invalid.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import gevent
from locust import events
from locust.env import Environment
from locust.runners import LocalRunner, Runner
from rich.console import Console

from harness.display import Display
from harness.exit_code import ExitCode
from harness.gate import Gate, GateError
from harness.judge.verdict import Verdict
from harness.load.user import GateUser
from harness.plan.loader import PlanError, load_plan
from harness.report.progress import Progress
from harness.report.terminal import print_verdict
from harness.rollout.judging import write_verdict

__all__ = ["GateUser"]

_LOG = logging.getLogger("harness")
_FINISHES_WITHIN_S = 60.0


@events.init_command_line_parser.add_listener
def _add_arguments(parser: ArgumentParser, **_: Any) -> None:
    # Locust calls this again for every page its web interface renders.
    group = parser.add_argument_group("Canary gate")
    group.add_argument("--plan", env_var="HARNESS_PLAN", help="the plan to run, a YAML file")
    group.add_argument("--stage", action="append", metavar="NAME", help="run only this stage (repeatable)")
    group.add_argument("--time-scale", type=float, default=1.0, help="divide every duration: a rehearsal")


@events.init.add_listener
def _on_init(environment: Environment, runner: Runner, web_ui: Any, **_: Any) -> None:
    options = environment.parsed_options
    classes = [cls for cls in environment.user_classes if issubclass(cls, GateUser)]
    if options is None or not classes:
        return
    environment.process_exit_code = ExitCode.INVALID
    if not isinstance(runner, LocalRunner):
        _refuse("the gate runs in one process: leave out --processes, --master and --worker")
    gate = _prepare(options, classes)
    environment.generator = gate.generator
    options.num_users = gate.plan.load.max_in_flight
    options.spawn_rate = gate.plan.load.max_in_flight
    # Waiting users cost nothing, so they may all come at once.
    logging.getLogger("locust.runners").addFilter(lambda record: "spawn rate is very high" not in record.msg)
    _Wiring(environment, runner, web_ui, gate).connect()


def _prepare(options: Namespace, classes: Sequence[type]) -> Gate:
    if not options.plan:
        _refuse("no plan: name one with --plan FILE or in locust.conf")
    stages = options.stage or ()
    try:
        plan = load_plan(options.plan, stages=stages, time_scale=options.time_scale)
        return Gate(plan, Path(options.plan), options.time_scale, stages, classes)
    except PlanError as error:
        sys.stderr.writelines(f"{problem}\n" for problem in error.problems)
        sys.exit(ExitCode.BAD_USAGE)
    except GateError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(ExitCode.INVALID)


def _refuse(reason: str) -> NoReturn:
    sys.stderr.write(f"error: {reason}\n")
    sys.exit(ExitCode.BAD_USAGE)


class _Wiring:
    """Follows Locust's life cycle: users up, signals, quitting."""

    def __init__(self, environment: Environment, runner: Runner, web_ui: Any, gate: Gate) -> None:
        self._environment = environment
        self._runner = runner
        self._web_ui = web_ui
        self._gate = gate
        self._console = Console()
        self._display = Display(Progress(self._console, time.perf_counter))
        self._controller = gate.controller(self._display)
        self._greenlet: gevent.Greenlet | None = None
        self._verdict: Verdict | None = None
        self._ended = False

    def connect(self) -> None:
        """Listen to Locust and to the signals that end a run."""
        hooks = self._environment.events
        hooks.spawning_complete.add_listener(self._on_users_up)
        hooks.user_error.add_listener(_on_user_error)
        hooks.test_stopping.add_listener(self._on_test_stopping)
        hooks.quitting.add_listener(self._on_quitting)
        hooks.quit.add_listener(self._on_quit)
        for number in (signal.SIGINT, signal.SIGTERM):
            gevent.signal_handler(number, self._on_signal, number)

    def _on_users_up(self, **_: Any) -> None:
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._run)

    def _run(self) -> None:
        code = ExitCode.INVALID
        try:
            self._controller.walk()
        except Exception as error:
            _LOG.error("the run broke off: %s: %s", type(error).__name__, error)
            _LOG.debug("where it broke off", exc_info=True)
        self._display.close()
        try:
            self._verdict = write_verdict(self._gate.run)
            code = ExitCode.of(self._verdict.outcome)
            problem = self._gate.report()
            if problem:
                _LOG.error("the report could not be written: %s", problem)
        finally:
            self._ended = True
            self._environment.process_exit_code = (
                ExitCode.INTERRUPTED if self._controller.interrupted else code
            )
            self._gate.close()
            self._runner.quit()
            if self._web_ui is not None:
                self._web_ui.stop()

    def _on_signal(self, number: int) -> None:
        if self._controller.interrupted:
            # Asked twice: end at once.
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        _LOG.warning("interrupted: keeping the evidence; once more ends at once")
        self._interrupt(signal.Signals(number).name)

    def _on_test_stopping(self, **_: Any) -> None:
        if not self._ended:
            self._interrupt("stopped")

    def _interrupt(self, reason: str) -> None:
        self._controller.interrupt(reason)
        if self._greenlet is None:
            # No user is up yet; the same path writes the verdict of a run that never started.
            self._greenlet = gevent.spawn(self._run)

    def _on_quitting(self, **_: Any) -> None:
        if not self._ended:
            self._interrupt("quit")
            self._greenlet.join(_FINISHES_WITHIN_S)

    def _on_quit(self, **_: Any) -> None:
        if self._verdict is not None:
            print_verdict(self._verdict, self._console)
            self._console.print(
                f"evidence and report: {self._gate.run.path}", soft_wrap=True, highlight=False
            )


def _on_user_error(user_instance: Any, exception: Exception, **_: Any) -> None:
    user = getattr(user_instance, "user", user_instance)
    if isinstance(user, GateUser):
        user.client.task_raised(type(user).__name__, exception)
