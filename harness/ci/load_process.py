"""A run as a child process that lives and dies with this one."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.app.users.location import LOADTESTS, is_named, users_of
from harness.ci.run_result import RunResult, result_of
from harness.plan.loader import PlanFile
from harness.process.announcement import Announcement
from harness.process.child import command_of
from harness.process.end_signals import ending_by, held_back
from harness.record.runs import RUNS_ROOT
from harness.rollout.exit_code import ExitCode

REPLAY_USERS = Path(__file__).parents[1] / "locust_plugin" / "replay_users.py"
"""The users of a plan that replays a log, where nobody names others."""


class NoLoadTest(Exception):
    """The working directory has no load test; the text says how to make one."""


def run_command(
    read: PlanFile,
    stages: Sequence[str],
    time_scale: float,
    options: Sequence[str] = (),
    root: Path = RUNS_ROOT,
) -> list[str]:
    """Return the command of a run; `options` are for Locust, where the plan needs it. Raises NoLoadTest."""
    common = ["--time-scale", str(time_scale), "--runs", str(root)]
    common += [word for stage in stages for word in ("--stage", stage)]
    common += [word for value in read.overrides.values for word in ("--set", str(value))]
    if read.plan.traffic is not None:
        return command_of("harness", "observe", read.file, *common)
    users = REPLAY_USERS if read.plan.sent.replay is not None and not _names_users(options) else None
    named = [] if users is None else ["-f", str(users)]
    return [*locust_command(Path(read.file), [*named, *options]), *common, *named, *options]


def locust_command(plan: Path, options: Sequence[str] = ()) -> list[str]:
    """Return the command of a run that sends load. Raises NoLoadTest."""
    return [*command_of("harness.load", "--plan", str(plan)), *_locustfile(plan, options)]


def _locustfile(plan: Path, options: Sequence[str]) -> list[str]:
    """Return the option that names the load tests, unless another option, a variable or a file does."""
    if _names_users(options):
        return []
    if is_named(plan):
        return []
    if (users := users_of(plan)) is not None:
        return ["-f", f"{users}/" if users == LOADTESTS else str(users)]
    if not any(Path(name).exists() for name in ("locustfile.py", "pyproject.toml", "locust.conf")):
        here = Path.cwd()
        raise NoLoadTest(
            f"{here} has no loadtests/ and no locust.conf, and there are no users beside {plan}; "
            "`harness init` writes them"
        )
    return []


def _names_users(options: Sequence[str]) -> bool:
    return any(option.startswith(("-f", "--locustfile", "--config")) for option in options)


class LoadProcess:
    """A run as a child process, which ends with this one; `options` are those of `subprocess.Popen`."""

    def __init__(self, command: Sequence[str], **options: Any) -> None:
        self._command = command
        self._options = options
        self._child: subprocess.Popen[Any] | None = None
        self._announced: Announcement | None = None
        self._is_interrupted = False

    @property
    def path(self) -> Path | None:
        """The directory of the run while it goes on; None before it has one."""
        return self._announced.path() if self._announced is not None else None

    def run(self) -> RunResult:
        """Run to the end, through any signal, and return what the run directory says."""
        # What was printed so far must appear before what the child prints.
        sys.stdout.flush()
        with Announcement.expected() as announced:
            self._announced = announced
            code = self._child_code(announced)
            path, self._announced = announced.path(), None
            return result_of(path, ExitCode.INTERRUPTED if self._is_interrupted else code)

    def interrupt(self, number: int) -> None:
        """Pass a signal on to the run, which keeps its evidence; one that has not begun does not begin."""
        self._is_interrupted = True
        if self._child is not None:
            self._child.send_signal(number)

    def _child_code(self, announced: Announcement) -> int:
        if self._is_interrupted:
            return ExitCode.INTERRUPTED
        with held_back():
            self._child = subprocess.Popen(
                [*self._command, *announced.options], pass_fds=[announced.child_fd], **self._options
            )
        if self._is_interrupted:
            self._child.send_signal(signal.SIGTERM)
        with self._child as child:
            return child.wait()


def run_load(command: Sequence[str]) -> RunResult:
    """Run a command to its end and return what its run directory says; signals are passed on to it.

    A Ctrl-C reaches it twice, from the terminal and from here, which it takes for one.
    """
    load = LoadProcess(command)
    with ending_by(load.interrupt):
        return load.run()
