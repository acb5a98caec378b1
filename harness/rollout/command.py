"""Runs a deploy or rollback command: without a shell, with a time limit, keeping the end of its output."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from harness.plan.model import Command
from harness.plan.variant import Shares, Variant
from harness.process.child import command_of

_KEPT_BYTES = 4000
_CHUNK_BYTES = 1 << 16
_POLL_EVERY_S = 0.05
_ENDS_WITHIN_S = 2.0


@dataclass(frozen=True)
class CommandResult:
    """What became of a command; `problem` is None when it ended with exit code 0."""

    problem: str | None
    code: int | None
    took_s: float
    output: str


def release_environment(stage: str, shares: Shares) -> dict[str, str]:
    """Return the variables a command gets: the stage, and the weights as shares and in percent."""
    variables = {"HARNESS_STAGE": stage, **_variables("HARNESS_WEIGHT", shares[Variant.CANARY])}
    if Variant.CONTROL in shares:
        variables |= _variables("HARNESS_CONTROL_WEIGHT", shares[Variant.CONTROL])
    return variables


def _variables(name: str, share: Fraction) -> dict[str, str]:
    return {name: f"{float(share):.12g}", f"{name}_PERCENT": f"{100 * float(share):.12g}"}


def run_command(
    command: Command,
    environment: Mapping[str, str],
    is_unwanted: Callable[[], bool] = lambda: False,
    sleep: Callable[[float], Any] = time.sleep,
) -> CommandResult:
    """Run a command until it ends, its time is up, or `is_unwanted` says that the run has ended."""
    began_s = time.monotonic()
    try:
        process = _started(command, environment)
    except OSError as error:
        return CommandResult(f"cannot start {command.command[0]}: {error.strerror}", None, 0.0, "")
    output = _Output(process.stdout)
    problem = None
    while process.poll() is None and problem is None:
        if time.monotonic() - began_s > command.timeout_s:
            problem = f"timed out after {command.timeout_s:g} s"
        elif is_unwanted():
            problem = "stopped because the run ended"
        else:
            sleep(_POLL_EVERY_S)
    if problem is not None:
        _end_group(process)
    # A command that ends by itself may leave processes running: starting them was its job.
    code = process.wait()
    assert process.stdin is not None  # asked for above
    process.stdin.close()
    if problem is None and code != 0:
        problem = f"exit code {code}"
    return CommandResult(problem, code, time.monotonic() - began_s, output.text())


def _started(command: Command, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a command; raises OSError, also for a program that does not exist."""
    program = command.command[0]
    if shutil.which(program) is None:
        # What starts it below exists in any case.
        is_there = os.sep in program and Path(program).exists()
        number = errno.EACCES if is_there else errno.ENOENT
        raise OSError(number, os.strerror(number))
    return subprocess.Popen(
        # Should this process be killed, the command ends with it.
        command_of("harness.process.leash", *command.command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **environment},
        bufsize=0,
        # A process group of its own, so that its children can be ended with it.
        start_new_session=True,
    )


def _end_group(process: Any) -> None:
    """End a command and everything it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_ENDS_WITHIN_S)


class _Output:
    """Reads all output of a command and keeps the end."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._end = b""
        self._left_out = 0
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def text(self) -> str:
        """Return the end of the output."""
        self._reading.join(_ENDS_WITHIN_S)
        before = f"[{self._left_out} bytes left out]\n" if self._left_out else ""
        return before + self._end.decode(errors="replace").strip()

    def _read(self) -> None:
        with self._stream as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                both = self._end + chunk
                self._end = both[-_KEPT_BYTES:]
                self._left_out += len(both) - len(self._end)
