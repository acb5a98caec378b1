"""The probing process as its run sees it: started, watched, ended."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import gevent

from harness.record.run_directory import RunDirectory
from harness.rollout.probes.questions import Asked

_READY_WITHIN_S = 30.0
_ENDS_WITHIN_S = 3.0


class ProbesError(Exception):
    """The probing process did not start; the text says why."""


class ProbingProcess:
    """Appends to the run's probes.jsonl until it is ended, or its run dies."""

    def __init__(self, process: Any) -> None:
        self._process = process

    @classmethod
    def start(cls, run: RunDirectory, asked: Asked, t0_s: float) -> ProbingProcess:
        """Start probing and wait until the first round is asked; raises ProbesError.

        ``t0_s`` is the reading of `time.perf_counter` at t = 0 of the run: one clock for the whole machine.
        """
        settings = {"urls": dict(asked.urls), "variant_header": asked.variant_header, "t0_s": t0_s}
        process = subprocess.Popen(
            [sys.executable, "-m", "harness.rollout.probes", str(run.path), json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C is for the run, which drains first and needs its probes until then.
            start_new_session=True,
        )
        assert process.stdout is not None
        with gevent.Timeout(_READY_WITHIN_S, False):
            if process.stdout.readline():
                return cls(process)
        process.kill()
        process.communicate()
        raise ProbesError("the probing process did not start")

    def problem(self) -> str | None:
        """Say that the process ended before its time."""
        code = self._process.poll()
        return None if code is None else f"the probing process ended (exit code {code})"

    def stop(self) -> None:
        """End probing."""
        self._process.stdin.close()
        try:
            self._process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
