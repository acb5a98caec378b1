"""Runs an offer as a child process, and ends it when the server ends."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from harness.ci.load_process import LoadProcess, run_command
from harness.ci.run_result import RunResult
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.plan.loader import parse_plan_file
from harness.plan.overrides.values import NO_OVERRIDES, Overrides
from harness.record.runs import RUNS_ROOT
from harness.rollout.exit_code import ExitCode
from harness.serve.offer import Offer
from harness.serve.secret import without_token


class Runner:
    """Runs one offer at a time and keeps the runs below `root`; `options` are passed on to Locust.

    Of `overrides` the values are taken; variables are those of the environment, without the token.
    """

    def __init__(
        self,
        options: Sequence[str],
        time_scale: float,
        root: Path = RUNS_ROOT,
        overrides: Overrides = NO_OVERRIDES,
    ) -> None:
        self._root = root
        self._values = overrides.values
        self._options = (*options, "--headless")
        self._time_scale = time_scale
        self._lock = threading.Lock()
        self._load: LoadProcess | None = None
        self._stopped = False

    def __call__(self, offer: Offer) -> RunResult:
        """Run an offer; a plan that was changed since the server started is not run."""
        if offer.plan.read_text(encoding="utf-8") != offer.text:
            changed = f"{offer.plan} was changed after the server started; restart the server."
            return RunResult(ExitCode.BAD_USAGE, Verdict(Outcome.INVALID, changed, ()), None)
        read = parse_plan_file(
            offer.text, str(offer.plan), overrides=Overrides(self._values, without_token(os.environ))
        )
        load = LoadProcess(
            run_command(read, offer.stages, self._time_scale, self._options, self._root),
            stdin=subprocess.DEVNULL,
            # The token is for whoever asks, not for load tests and the commands of a plan.
            env=without_token(os.environ),
            # In a process group of its own it gets Ctrl-C once, through `stop`.
            start_new_session=True,
        )
        with self._lock:
            self._load = load
            if self._stopped:
                load.interrupt(signal.SIGTERM)
        return load.run()

    def path(self) -> Path | None:
        """Return the directory of the run under way; None while there is none."""
        load = self._load
        return None if load is None else load.path

    def stop(self) -> None:
        """Interrupt the run under way, which keeps its evidence, and start no other."""
        with self._lock:
            self._stopped = True
            if self._load is not None:
                self._load.interrupt(signal.SIGTERM)
