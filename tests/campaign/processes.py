"""Faults of the load test and of the terminal around a real run."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.judge.outcome import Outcome
from harness.record.run_directory import RunDirectory
from harness.rollout.exit_code import ExitCode
from tests.campaign.fault import Fault, Seen, Truth

# A busy machine must not decide what these runs say: the limits on the generator are wide.
_PLAN = """
service: test
targets: {embedded: {canary: %s}}
load: {arrival_rate: 200/s, max_in_flight: 200, timeout: 2s}
judge: {block: 500ms, warmup: 500ms}
generator: {lateness_p99: 2s, cpu: 100%%, achieved: 90%%}
stages:
  - {name: one, weight: 50%%, duration: 5s, interval: 500ms, criteria: [error rate < 5%%, throughput > 10/s]}
"""
_USERS = """
import logging, os, sys
from locust import TaskSet, events, task
from locust.exception import RescheduleTask
from harness.plugin import GateUser

%(before)s

class ApiUser(GateUser):
%(members)s

    @task
    def list(self):
%(task)s
        self.client.get("/api/tasks")
"""
_OUTCOMES = {
    ExitCode.PASS: Outcome.PASS,
    ExitCode.FAIL: Outcome.FAIL,
    ExitCode.ROLLED_BACK: Outcome.FAIL,
    ExitCode.INCONCLUSIVE: Outcome.INCONCLUSIVE,
    ExitCode.INVALID: Outcome.INVALID,
    ExitCode.INTERRUPTED: Outcome.INVALID,
    ExitCode.BAD_USAGE: Outcome.INVALID,
}
_ENDS_WITHIN_S = 90.0


@dataclass(frozen=True)
class _Users:
    """A load test with something wrong in it, and what is true of a run with it on a good canary."""

    name: str
    truth: Truth
    before: str = ""
    members: str = "    pass"
    task: str = "        pass"

    def write(self, root: Path) -> None:
        parts = {"before": self.before, "members": self.members, "task": self.task}
        (root / "users.py").write_text(_USERS % parts)


@dataclass(frozen=True)
class _Surroundings:
    """Where the command runs: its descriptors and its environment."""

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    shell: str = '"$@"'
    """How a shell starts it; its status is that of the command."""


def draw(chance: random.Random) -> Fault:
    """Choose a canary, a load test and a terminal."""
    is_bad = chance.random() < 0.4
    users, around = chance.choice(_LOAD_TESTS), chance.choice(_AROUND)
    truth = Truth.BAD if is_bad else users.truth

    def play() -> Seen:
        with tempfile.TemporaryDirectory(prefix="campaign-") as root:
            users.write(Path(root))
            (Path(root) / "plan.yaml").write_text(_PLAN % ("{errors: 40%}" if is_bad else "{}"))
            return _run(Path(root), around)

    return Fault(f"{'bad' if is_bad else 'good'} canary, {users.name}, {around.name}", truth, play)


def _run(root: Path, around: _Surroundings) -> Seen:
    command = [sys.executable, "-m", "locust", "-f", "users.py", "--headless", "--plan", "plan.yaml"]
    with (root / "stderr.txt").open("wb") as errors:
        child = subprocess.Popen(
            ["bash", "-c", around.shell, "bash", *command],
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**os.environ, **around.environment},
            start_new_session=True,
        )
        with suppress(subprocess.TimeoutExpired):
            child.wait(_ENDS_WITHIN_S)
    if child.poll() is None:
        os.killpg(child.pid, 9)
        raise TimeoutError(f"the run did not end within {_ENDS_WITHIN_S:g} s")
    said = (root / "stderr.txt").read_text(errors="replace")
    return _seen(root, child.returncode, said)


def _seen(root: Path, code: int, said: str) -> Seen:
    if is_traceback_of_ours(said):
        raise AssertionError(said[-3000:])
    outcome = _OUTCOMES.get(ExitCode(code)) if code in set(ExitCode) else None
    said = f"exit code {code}\n{said[-800:]}"
    if code == ExitCode.BAD_USAGE:
        return Seen(outcome, said=said)
    run = root / "reports" / "latest"
    is_whole = run.exists() and (run / "verdict.json").exists() and (run / "report.html").exists()
    is_lost = outcome is None or not is_whole or ExitCode.of_directory(RunDirectory.open(run)) != code
    return Seen(outcome, is_lost=is_lost, said=said)


def is_traceback_of_ours(said: str) -> bool:
    """Whether a traceback ends in the harness; one that ends in the load test is Locust's to show.

    So is one of a call that the client refuses on purpose: the load test made it, and it ends in a `raise`.
    """
    return any(_ends_in_ours(traceback) for traceback in said.split("Traceback (most recent call last):")[1:])


def _ends_in_ours(traceback: str) -> bool:
    lines = [line.strip() for line in traceback.splitlines()]
    frames = [number for number, line in enumerate(lines) if line.startswith('File "')]
    if not frames or "/harness/" not in lines[frames[-1]]:
        return False
    is_called_by_the_load_test = any("/users.py" in lines[number] for number in frames)
    is_refusal = frames[-1] + 1 < len(lines) and lines[frames[-1] + 1].startswith("raise ")
    return not (is_called_by_the_load_test and is_refusal)


def _listener(event: str, *lines: str) -> dict[str, Any]:
    body = "\n".join(f"    {line}" for line in lines)
    return {"before": f"@events.{event}.add_listener\ndef listener(environment=None, **_):\n{body}\n"}


def _in_task(*lines: str) -> dict[str, Any]:
    return {"task": "\n".join(f"        {line}" for line in lines)}


def _member(*lines: str) -> dict[str, Any]:
    return {"members": "\n".join(f"    {line}" for line in lines)}


_BROKEN_HANDLER = """
class Broken(logging.Handler):
    def emit(self, record):
        raise OSError("disk full")

logging.getLogger().addHandler(Broken())
"""
_CODE = "environment.process_exit_code = %d"
_NO_HEADER = r"self.client.get('/a', headers={'x': 'a\r\nb'})"
_METHOD, _RAISE = "def %s:", "    raise KeyError('mine')"
_LOAD_TESTS = (
    _Users("nothing wrong", Truth.GOOD),
    _Users("a listener sets the exit code 0", Truth.GOOD, **_listener("quitting", _CODE % 0)),
    _Users("a listener sets the exit code 7", Truth.GOOD, **_listener("quitting", _CODE % 7)),
    _Users("a listener raises at the end", Truth.GOOD, **_listener("quitting", "raise ValueError('mine')")),
    _Users("a listener raises after the end", Truth.GOOD, **_listener("quit", "raise ValueError('mine')")),
    _Users("a listener exits", Truth.GOOD, **_listener("quitting", "sys.exit(0)")),
    _Users("a listener of requests raises", Truth.GOOD, **_listener("request", "raise KeyError('mine')")),
    _Users("the working directory changes", Truth.GOOD, **_listener("test_start", "os.chdir('/')")),
    _Users("a task raises before its request", Truth.UNFIT, **_in_task("raise KeyError('mine')")),
    _Users("a task exits", Truth.UNFIT, **_in_task("sys.exit(0)")),
    _Users("a request cannot be built", Truth.UNFIT, **_in_task(_NO_HEADER)),
    _Users("a task gives up its turn", Truth.UNFIT, **_in_task("raise RescheduleTask()")),
    _Users(
        "a user cannot log in", Truth.UNFIT, **_member("def on_start(self):", "    raise KeyError('token')")
    ),
    _Users(
        "a user cannot be made", Truth.UNFIT, **_member("def __init__(self, *a):", "    raise KeyError('x')")
    ),
    _Users("stdout is gone", Truth.GOOD, before="sys.stdout = None"),
    _Users("stdout is closed", Truth.GOOD, before="sys.stdout.close()"),
    _Users("stderr is gone", Truth.GOOD, before="sys.stderr = None"),
    _Users("logging is off", Truth.GOOD, before="logging.disable(logging.CRITICAL)"),
    _Users("a handler of logs raises", Truth.GOOD, before=_BROKEN_HANDLER),
)
_AROUND = (
    _Surroundings("an ordinary pipe"),
    _Surroundings("output into a full device", shell='"$@" >/dev/full'),
    _Surroundings("errors into a full device", shell='"$@" 2>/dev/full'),
    _Surroundings("no output at all", shell='"$@" >&-'),
    _Surroundings("no errors at all", shell='"$@" 2>&-'),
    _Surroundings("no input", shell='"$@" <&-'),
    _Surroundings("a reader that leaves", shell='"$@" | head -1; exit ${PIPESTATUS[0]}'),
    _Surroundings("a reader of both that leaves", shell='"$@" 2>&1 | head -1; exit ${PIPESTATUS[0]}'),
    _Surroundings("a terminal of ASCII", {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}),
    _Surroundings("a terminal of one column", {"COLUMNS": "1", "TERM": "dumb", "FORCE_COLOR": "1"}),
    _Surroundings("a step summary nobody can write", {"GITHUB_STEP_SUMMARY": "/nowhere/summary.md"}),
)
