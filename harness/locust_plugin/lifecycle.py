"""Runs a session along Locust's life cycle: users up, signals, quitting."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent import get_hub, getcurrent
from locust.env import Environment
from locust.runners import MasterRunner, Runner

from harness.app.run_session import RunSession
from harness.live.views import open_views
from harness.load.locust.start_up import WITHIN_S, StartUp
from harness.locust_plugin.end_deadline import SAME_SIGNAL_S, end_soon
from harness.locust_plugin.parent import Parent
from harness.locust_plugin.web_interface import WebInterface
from harness.process.end_signals import awaited_signals
from harness.rollout.exit_code import ExitCode

_LOG = logging.getLogger("harness")
# How long a quitting Locust waits for drain, verdict and report, beyond the rollback.
_FINISHES_WITHIN_S = 60.0
_ORPHAN_ENDS_WITHIN_S = 2.0
# Zero would mean for ever.
_NO_LONGER_S = 1e-9
STOPPED = "Locust's stop or quit"
DESERTED = "the loss of every worker"
QUIT = "the end of Locust's process"


class LocustLifecycle:
    """Starts the session when the users are up, and ends Locust when the session has its exit code."""

    def __init__(
        self,
        environment: Environment,
        runner: Runner,
        web_ui: Any,
        session: RunSession,
        parent: Parent,
        start_up: StartUp,
        end_process: Callable[[], object],
    ) -> None:
        self._environment = environment
        self._runner = runner
        self._web_interface = None if web_ui is None else WebInterface(web_ui)
        self._session = session
        self._parent = parent
        self._close_views = open_views(
            environment, web_ui, session.live, self.interrupt, session.decide, session.views
        )
        self._greenlet: gevent.Greenlet | None = None
        self._start_up = start_up
        self._end_process = end_process
        self._ended = False
        self._signalled_s = 0.0

    def listen(self) -> None:
        """Listen to Locust and to the signals that end a run."""
        hooks = self._environment.events
        hooks.spawning_complete.add_listener(self._on_users_up)
        hooks.test_stopping.add_listener(self._on_test_stopping)
        hooks.quitting.add_listener(self._on_quitting)
        self._environment.start_up = self._start_up  # type: ignore[attr-defined] # for the users
        gevent.spawn(self._await_users)
        for number in awaited_signals():
            gevent.signal_handler(number, self._on_signal, number)

    def _on_users_up(self, **_: Any) -> None:
        self._start_up.all_spawned()

    def _await_users(self) -> None:
        problem = self._start_up.wait()
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._run, problem)

    def _run(self, problem: str | None = None) -> None:
        code = ExitCode.INVALID
        try:
            code = self._session.execute() if problem is None else self._session.refuse(problem)
        finally:
            self._end(code)

    def _end(self, code: ExitCode) -> None:
        self._ended = True
        end_soon(self._runner, self._abandon, _ORPHAN_ENDS_WITHIN_S if self._parent.is_dead else WITHIN_S)
        self._environment.process_exit_code = code
        self._session.close()
        self._session.views.call("the web interface", self._close_views)
        # A master that still waits for its workers hears of no end; its patience is all that can be ended.
        if (options := self._environment.parsed_options) is not None:
            options.expect_workers_max_wait = _NO_LONGER_S
        self._runner.quit()
        if self._web_interface is not None:
            self._web_interface.stop()

    def _abandon(self) -> None:
        self._session.show_result()
        self._end_process()

    def _on_signal(self, number: int) -> None:
        now_s = time.monotonic()
        if not self._session.is_interrupted:
            self._signalled_s = now_s
            _LOG.warning("interrupted; the run ends, keeps its evidence and rolls back")
            self.interrupt(signal.Signals(number).name)
            if self._parent.is_dead:
                # Nobody waits for a report.
                self._session.hurry()
        elif now_s - self._signalled_s > SAME_SIGNAL_S:
            _LOG.warning("the rollback and the verdict are still completed; the report is left out")
            self._session.hurry()

    def _on_test_stopping(self, **_: Any) -> None:
        if not self._ended:
            # Locust stops a master that has no worker left.
            is_deserted = isinstance(self._runner, MasterRunner) and not self._runner.worker_count
            self.interrupt(DESERTED if is_deserted else STOPPED)

    def _on_quitting(self, **_: Any) -> None:
        if getcurrent() is not get_hub().parent:
            # Locust's own handler of SIGTERM would quit beside the run that ends: it waits for ever.
            get_hub().switch()
        self._finish()

    def interrupt(self, reason: str) -> None:
        """End the run soon, keeping its evidence; `reason` names who or what asked for it."""
        self._session.interrupt(reason)
        if self._greenlet is None:
            # No user is up yet: this writes the verdict of a run that never started.
            self._greenlet = gevent.spawn(self._run)

    def conclude(self) -> None:
        """Bring the run to its verdict if it still goes on, and show it."""
        # Something may have called `sys.exit`; the next that does must not cut this short.
        get_hub().SYSTEM_ERROR = (KeyboardInterrupt,)
        self._finish()
        self._session.show_result()

    def _finish(self) -> None:
        if not self._ended:
            self.interrupt(QUIT)
            assert self._greenlet is not None
            self._greenlet.join(_FINISHES_WITHIN_S + self._rollback_within_s())

    def _rollback_within_s(self) -> float:
        hooks = self._session.plan.deploy
        return hooks.rollback.timeout_s if hooks else 0.0
