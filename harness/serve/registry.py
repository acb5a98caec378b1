"""Keeps track of releases and their runs: one at a time, and one per release that says something of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.ci.run_result import RunResult
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.rollout.exit_code import ExitCode
from harness.serve.offer import Offer

MAX_RELEASES = 1000
"""How many verdicts are remembered; the oldest is forgotten first."""
MAX_RUNS = 3
"""How often a release is measured when its runs say nothing of it."""
_SAYS_NOTHING = {ExitCode.INVALID, ExitCode.INTERRUPTED}
_Key = tuple[str, str]


@dataclass(frozen=True)
class RunStatus:
    """The result of a release, or neither while it runs, or the offer whose run it waits for."""

    result: RunResult | None = None
    busy_with: str | None = None
    is_measured_again: bool = False
    """Whether the next request for this release starts another run."""


@dataclass(frozen=True)
class _Known:
    """The result of a release, the number of its runs, and whether anybody was told of the result."""

    result: RunResult
    runs: int
    is_told: bool = False

    @property
    def can_be_measured_again(self) -> bool:
        return self.result.code in _SAYS_NOTHING and self.runs < MAX_RUNS


class RunRegistry:
    """Starts runs and keeps their results; `run` is called in a thread of its own."""

    def __init__(self, run: Callable[[Offer], RunResult]) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._known: OrderedDict[_Key, _Known] = OrderedDict()
        self._running: _Key | None = None
        self._thread: threading.Thread | None = None

    def ask(self, offer: Offer, release: str) -> RunStatus:
        """Return the status of a release; start its run if it has none and nothing else is running.

        A result that says nothing of the release is told once; the next request measures it again.
        """
        key = (offer.name, release)
        with self._lock:
            known = self._known.get(key)
            if known is not None and not (known.is_told and known.can_be_measured_again):
                self._known[key] = replace(known, is_told=True)
                return RunStatus(known.result, is_measured_again=known.can_be_measured_again)
            if self._running is None:
                self._start(offer, key, 1 if known is None else known.runs + 1)
            elif self._running != key:
                return RunStatus(busy_with=self._running[0])
            return RunStatus()

    def known(self, offer: Offer, release: str) -> RunResult | None:
        """Return the result of a release if there is one; never start a run."""
        with self._lock:
            known = self._known.get((offer.name, release))
            return None if known is None else known.result

    def is_running(self, offer: Offer, release: str) -> bool:
        """Whether the run of a release goes on."""
        with self._lock:
            return self._running == (offer.name, release)

    def forget(self, offer: Offer, release: str) -> bool:
        """Forget the result of a release, if it has one: the next request for it starts a run."""
        with self._lock:
            return self._known.pop((offer.name, release), None) is not None

    def wait(self, timeout_s: float) -> None:
        """Wait until nothing is running."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)

    def _start(self, offer: Offer, key: _Key, runs: int) -> None:
        self._known.pop(key, None)
        self._running = key
        # A daemon thread cannot keep the server alive; `Runner.stop` ends the run's process.
        self._thread = threading.Thread(target=self._carry_out, args=(offer, key, runs), daemon=True)
        self._thread.start()

    def _carry_out(self, offer: Offer, key: _Key, runs: int) -> None:
        try:
            result = self._run(offer)
        except Exception as error:  # a run that breaks must free the registry and must not pass
            broken = Verdict(Outcome.INVALID, f"The run crashed: {type(error).__name__}: {error}", ())
            result = RunResult(ExitCode.INVALID, broken, None)
        with self._lock:
            self._running = None
            self._known[key] = _Known(result, runs)
            while len(self._known) > MAX_RELEASES:
                self._known.popitem(last=False)
