"""Runs a session along Locust's life cycle: users up, signals, quitting."""

from __future__ import annotations

import logging
import os
import signal
from typing import Any

import gevent
from locust.env import Environment
from locust.runners import Runner

from harness.app.run_session import RunSession
from harness.live.views import open_views
from harness.rollout.exit_code import ExitCode

_LOG = logging.getLogger("harness")
# How long a quitting Locust waits for drain, verdict and report, beyond the rollback.
_FINISHES_WITHIN_S = 60.0


class LocustLifecycle:
    """Starts the session when the users are up, and ends Locust when the session has its exit code."""

    def __init__(self, environment: Environment, runner: Runner, web_ui: Any, session: RunSession) -> None:
        self._environment = environment
        self._runner = runner
        self._web_ui = web_ui
        self._session = session
        self._close_views = open_views(environment, web_ui, session.live, self._interrupt, session.views)
        self._greenlet: gevent.Greenlet | None = None
        self._ended = False

    def listen(self) -> None:
        """Listen to Locust and to the signals that end a run."""
        hooks = self._environment.events
        hooks.spawning_complete.add_listener(self._on_users_up)
        hooks.test_stopping.add_listener(self._on_test_stopping)
        hooks.quitting.add_listener(lambda **_: self._finish())
        for number in (signal.SIGINT, signal.SIGTERM):
            gevent.signal_handler(number, self._on_signal, number)

    def _on_users_up(self, **_: Any) -> None:
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._run)

    def _run(self) -> None:
        code = ExitCode.INVALID
        try:
            code = self._session.execute()
        finally:
            self._end(code)

    def _end(self, code: ExitCode) -> None:
        self._ended = True
        self._environment.process_exit_code = code
        self._session.close()
        self._session.views.call("the web interface", self._close_views)
        self._runner.quit()
        if self._web_ui is not None:
            self._web_ui.stop()

    def _on_signal(self, number: int) -> None:
        if self._session.is_interrupted:
            # The second signal ends the process at once.
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        _LOG.warning("interrupted; the run ends and keeps its evidence, another signal ends it at once")
        self._interrupt(signal.Signals(number).name)

    def _on_test_stopping(self, **_: Any) -> None:
        if not self._ended:
            self._interrupt("stopped")

    def _interrupt(self, reason: str) -> None:
        self._session.interrupt(reason)
        if self._greenlet is None:
            # No user is up yet: this writes the verdict of a run that never started.
            self._greenlet = gevent.spawn(self._run)

    def conclude(self) -> None:
        """Bring the run to its verdict if it still goes on, and show it."""
        self._finish()
        self._session.show_result()

    def _finish(self) -> None:
        if not self._ended:
            self._interrupt("quit")
            assert self._greenlet is not None
            self._greenlet.join(_FINISHES_WITHIN_S + self._rollback_within_s())

    def _rollback_within_s(self) -> float:
        hooks = self._session.plan.deploy
        return hooks.rollback.timeout_s if hooks else 0.0
