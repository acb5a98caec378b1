"""Keeps track of releases and their runs: one run per release, one run at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from harness.ci.run_result import RunResult
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.rollout.exit_code import ExitCode
from harness.serve.offer import Offer

MAX_RELEASES = 1000
"""How many verdicts are remembered; the oldest is forgotten first."""


@dataclass(frozen=True)
class RunStatus:
    """The result of a release, or neither while it runs, or the offer whose run it waits for."""

    result: RunResult | None = None
    busy_with: str | None = None


class RunRegistry:
    """Starts runs and keeps their results; `run` is called in a thread of its own."""

    def __init__(self, run: Callable[[Offer], RunResult]) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._results: OrderedDict[tuple[str, str], RunResult] = OrderedDict()
        self._running: tuple[str, str] | None = None
        self._thread: threading.Thread | None = None

    def ask(self, offer: Offer, release: str) -> RunStatus:
        """Return the status of a release; start its run if it has none and nothing else is running."""
        key = (offer.name, release)
        with self._lock:
            if key in self._results:
                return RunStatus(result=self._results[key])
            if self._running is None:
                self._running = key
                # A daemon thread cannot keep the server alive; `Runner.stop` ends the run's process.
                self._thread = threading.Thread(target=self._carry_out, args=(offer, key), daemon=True)
                self._thread.start()
            elif self._running != key:
                return RunStatus(busy_with=self._running[0])
            return RunStatus()

    def known(self, offer: Offer, release: str) -> RunResult | None:
        """Return the result of a release if there is one; never start a run."""
        with self._lock:
            return self._results.get((offer.name, release))

    def forget(self, offer: Offer, release: str) -> None:
        """Forget the result of a release; the next request for it starts a run."""
        with self._lock:
            self._results.pop((offer.name, release), None)

    def wait(self, timeout_s: float) -> None:
        """Wait until nothing is running."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)

    def _carry_out(self, offer: Offer, key: tuple[str, str]) -> None:
        try:
            result = self._run(offer)
        except Exception as error:  # a run that breaks must free the registry and must not pass
            broken = Verdict(Outcome.INVALID, f"The run crashed: {type(error).__name__}: {error}", ())
            result = RunResult(ExitCode.INVALID, broken, None)
        with self._lock:
            self._running = None
            self._results[key] = result
            while len(self._results) > MAX_RELEASES:
                self._results.popitem(last=False)
