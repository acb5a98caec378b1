"""Locust as a child process, and what its exit code means."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.ci.run_result import RunResult, result_of
from harness.process.announcement import Announcement
from harness.process.child import command_of


class NoLoadTest(Exception):
    """The working directory has no load test; the text says how to make one."""


def locust_command(
    plan: Path, stages: Sequence[str], time_scale: float, options: Sequence[str] = ()
) -> list[str]:
    """Return the command of a run; `options` are passed on to Locust. Raises NoLoadTest."""
    command = command_of("harness.load", "--plan", str(plan), "--time-scale", str(time_scale))
    for stage in stages:
        command += ["--stage", stage]
    return [*command, *_locustfile(options), *options]


def _locustfile(options: Sequence[str]) -> list[str]:
    """Return the option that names the load tests, unless another option, a variable or a file does."""
    named = any(option.startswith(("-f", "--locustfile", "--config")) for option in options)
    if named or "LOCUST_LOCUSTFILE" in os.environ or Path("locust.conf").exists():
        return []
    if Path("loadtests").is_dir():
        return ["-f", "loadtests/"]
    if not any(Path(name).exists() for name in ("locustfile.py", "pyproject.toml")):
        here = Path.cwd()
        raise NoLoadTest(f"{here} has no loadtests/ and no locust.conf; `harness init` writes them")
    return []


def run_load(command: Sequence[str]) -> RunResult:
    """Run a command to its end, through Ctrl-C and SIGTERM, and return what its run directory says."""
    # What was printed so far must appear before what the child prints.
    sys.stdout.flush()
    with (
        Announcement.expected() as announced,
        subprocess.Popen([*command, *announced.options], pass_fds=[announced.write_fd]) as child,
        _forwarding_sigterm(child),
    ):
        code = _wait(child)
        return result_of(announced.path(), code)


def _wait(child: subprocess.Popen[Any]) -> int:
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            # The child got the signal as well; it keeps the evidence and ends by itself.
            continue


@contextmanager
def _forwarding_sigterm(child: subprocess.Popen[Any]) -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, lambda number, _: child.send_signal(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
