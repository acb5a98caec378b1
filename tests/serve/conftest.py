import threading

import pytest

from harness.ci.run_result import RunResult
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.rollout.exit_code import ExitCode
from harness.serve.offer import Offer
from harness.serve.registry import RunRegistry


class Runs:
    """Stands in for runs: they last until `end` is called with their exit code."""

    def __init__(self):
        self.started = []
        self.registry = RunRegistry(self)
        self._code = None
        self._ended = threading.Event()

    def __call__(self, offer):
        self.started.append(offer.name)
        assert self._ended.wait(10)
        self._ended.clear()
        if self._code is None:
            raise OSError("no such program")
        return RunResult(self._code, Verdict(Outcome.INVALID, "Because.", ()), None)

    def end(self, code):
        self._code = code
        thread = self.registry._thread
        self._ended.set()
        thread.join(10)


@pytest.fixture
def runs():
    return Runs()


@pytest.fixture
def offer(tmp_path):
    return Offer("canary", tmp_path / "plan.yaml", (), "")


NOT_PASS = [code for code in ExitCode if code is not ExitCode.PASS]
SAYS_NOTHING = [ExitCode.INVALID, ExitCode.INTERRUPTED]
DECIDED = [code for code in NOT_PASS if code not in SAYS_NOTHING]
