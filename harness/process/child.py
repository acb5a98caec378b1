"""A module of this package run as a child process, so that its work costs this process nothing.

The child says when it is ready, writes lines, and ends when its standard input is closed, which happens at
the latest when this process dies. `harness.process.main_loop` is the child's side.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from harness.process.main_loop import READY

_READY_WITHIN_S = 30.0
_ENDS_WITHIN_S = 3.0
_MAX_LINES = 1000


def command_of(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module with this Python.

    `-P` keeps the working directory off the module path: it may be a run directory somebody sent us, and a
    `numpy.py` in it would be code of theirs. A Python started in any other way would need the same.
    """
    return [sys.executable, "-P", "-m", module, *arguments]


def environment_without(names: Iterable[str]) -> dict[str, str]:
    """Return this process's environment for one that has no use for these variables, which are secret."""
    hidden = frozenset(names)
    return {name: value for name, value in os.environ.items() if name not in hidden}


def wait_or_kill(process: subprocess.Popen[Any], within_s: float) -> None:
    """Wait for a process that was asked to end, and kill it if it takes longer than this."""
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class ChildError(Exception):
    """A child process did not start; the text names its module."""


class Child:
    """A running child process."""

    def __init__(self, module: str, process: subprocess.Popen[str]) -> None:
        self._module = module
        self._process = process
        self._lines: deque[str] = deque(maxlen=_MAX_LINES)
        self._heard = threading.Event()
        self._is_ready = False
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    @classmethod
    def launch(
        cls,
        module: str,
        *arguments: str,
        pass_fds: Sequence[int] = (),
        first_line: str | None = None,
        hidden: Iterable[str] = (),
    ) -> Child:
        """Begin to start a module, which inherits `pass_fds`; `until_ready` waits for it.

        `first_line` is what it reads first: what the list of processes must not show. `hidden` variables are
        kept from it.
        """
        process = subprocess.Popen(
            command_of(module, *arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=pass_fds,
            env=environment_without(hidden),
            # Ctrl-C is for the parent, which needs the child until its own work has ended.
            start_new_session=True,
        )
        child = cls(module, process)
        if first_line is not None:
            child.tell(first_line)
        return child

    def until_ready(self) -> Child:
        """Return it once it is ready; raises ChildError, and ends it, when it is not in time."""
        self._heard.wait(_READY_WITHIN_S)
        if not self._is_ready:
            self.stop()
            raise ChildError(f"the process {self._module} did not start")
        return self

    def lines(self) -> list[str]:
        """Return the lines it wrote since the last call, at most the newest thousand."""
        return [self._lines.popleft() for _ in range(len(self._lines))]

    def tell(self, line: str) -> None:
        """Write it a line; one that has ended hears nothing, which `problem` says."""
        assert self._process.stdin is not None  # asked for above
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()

    def problem(self) -> str | None:
        """Return a sentence when it has ended by itself, otherwise None."""
        code = self._process.poll()
        return None if code is None else f"the process {self._module} ended (exit code {code})"

    def stop(self) -> None:
        """End it by closing its standard input; kill it if it still runs three seconds later."""
        assert self._process.stdin is not None  # asked for above
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        wait_or_kill(self._process, _ENDS_WITHIN_S)
        self._reading.join(_ENDS_WITHIN_S)

    def _read(self) -> None:
        assert self._process.stdout is not None  # asked for above
        with self._process.stdout as output:
            for line in output:
                if line.strip() == READY:
                    self._is_ready = True
                    self._heard.set()
                else:
                    self._lines.append(line)
        # A process that has ended will never be ready: wake whoever waits.
        self._heard.set()
