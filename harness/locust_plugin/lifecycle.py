"""Follows Locust's life cycle: users up, signals, quitting; runs the gate in between."""

from __future__ import annotations

import logging
import os
import signal
import time
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import Runner
from rich.console import Console

from harness.app.judging import write_verdict
from harness.app.run_session import RunSession
from harness.judge.verdict import Verdict
from harness.live.live_run import LiveRun
from harness.live.tally import Tally
from harness.live.terminal import Display
from harness.live.views import open_views
from harness.plan.model import Plan
from harness.report.text.progress import ProgressLine
from harness.report.text.terminal import print_verdict
from harness.report.wording import duration
from harness.rollout.exit_code import ExitCode
from harness.rollout.listeners import RunListeners

_LOG = logging.getLogger("harness")
# What a quitting Locust waits for beyond the rollback: drain, judge, report.
_FINISHES_WITHIN_S = 60.0
# Between two pieces of the live page: long enough for the load to catch up before the next one.
_TURN_S = 0.005


class LocustLifecycle:
    """Starts the controller when the users are up and ends Locust when the verdict is there."""

    def __init__(self, environment: Environment, runner: Runner, web_ui: Any, gate: RunSession) -> None:
        self._environment = environment
        self._runner = runner
        self._web_ui = web_ui
        self._gate = gate
        self._console = Console()
        tally = Tally(gate.plan)
        self._display = Display(ProgressLine(self._console, time.perf_counter), tally)
        self._live = LiveRun(gate.run, tally, time.perf_counter, lambda: gevent.sleep(_TURN_S))
        self._controller = gate.controller(
            RunListeners((self._live.hear,), (tally.add,), (self._display, self._live))
        )
        self._close_views = open_views(environment, web_ui, self._live, self._interrupt)
        self._greenlet: gevent.Greenlet | None = None
        self._verdict: Verdict | None = None
        self._ended = False

    def listen(self) -> None:
        """Listen to Locust and to the signals that end a run."""
        hooks = self._environment.events
        hooks.spawning_complete.add_listener(self._on_users_up)
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
        _LOG.info("%s; Ctrl-C ends the run, keeps the evidence and rolls back", _extent(self._gate.plan))
        try:
            self._controller.walk()
        except Exception as error:
            _LOG.error("the run broke off: %s: %s", type(error).__name__, error)
            _LOG.debug("where it broke off", exc_info=True)
        self._display.close()
        try:
            self._verdict = write_verdict(self._gate.run)
            self._live.conclude(self._verdict)
            code = ExitCode.of_run(self._gate.run, self._verdict.outcome)
            problem = self._gate.report()
            if problem:
                _LOG.error("the report could not be written: %s", problem)
        finally:
            self._end(ExitCode.INTERRUPTED if self._controller.interrupted else code)

    def _end(self, code: ExitCode) -> None:
        self._ended = True
        self._environment.process_exit_code = code
        self._gate.close()
        self._close_views()
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
            assert self._greenlet is not None
            self._greenlet.join(_FINISHES_WITHIN_S + self._rollback_within_s())

    def _rollback_within_s(self) -> float:
        hooks = self._gate.plan.deploy
        return hooks.rollback.timeout_s if hooks else 0.0

    def _on_quit(self, **_: Any) -> None:
        if self._verdict is not None:
            print_verdict(self._verdict, self._console)
            where = f"evidence and report: {self._gate.run.path}"
            self._console.print(where, soft_wrap=True, highlight=False)


def _extent(plan: Plan) -> str:
    stages = plan.stages
    names = f"{len(stages)} stages" if len(stages) > 1 else f"stage {stages[0].name}"
    return f"{names}, {duration(sum(stage.duration_s for stage in stages))} of load"
