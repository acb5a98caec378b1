"""A process that works beside the run, so that its work costs the load nothing.

It says `ready` once it works, tells things line by line, and ends when its standard input is closed, which
happens at the latest when the process that started it dies.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import deque
from typing import Any

_READY_WITHIN_S = 30.0
_ENDS_WITHIN_S = 3.0
_MAX_LINES = 1000
READY = "ready"


def tell(line: str) -> None:
    """Say a line to the run that started this process."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class ChildError(Exception):
    """A process beside the run did not start; the text says which."""


class Child:
    """A running `python -m <module>`."""

    def __init__(self, module: str, process: Any) -> None:
        self._module = module
        self._process = process
        self._lines: deque[str] = deque(maxlen=_MAX_LINES)
        self._heard = threading.Event()
        self._is_ready = False
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    @classmethod
    def start(cls, module: str, *arguments: str) -> Child:
        """Start the module and wait until it is ready; raises ChildError."""
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C is for the run, which drains first and needs its company until then.
            start_new_session=True,
        )
        child = cls(module, process)
        child._heard.wait(_READY_WITHIN_S)
        if not child._is_ready:
            child.stop()
            raise ChildError(f"the process {module} did not start")
        return child

    def told(self) -> list[Any]:
        """Return what it told since the last call, each a JSON value."""
        told = []
        while self._lines:
            told.append(json.loads(self._lines.popleft()))
        return told

    def problem(self) -> str | None:
        """Say that it ended before its time."""
        code = self._process.poll()
        return None if code is None else f"the process {self._module} ended (exit code {code})"

    def stop(self) -> None:
        """End it."""
        self._process.stdin.close()
        try:
            self._process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reading.join(_ENDS_WITHIN_S)

    def _read(self) -> None:
        with self._process.stdout as output:
            for line in output:
                if line.strip() == READY:
                    self._is_ready = True
                    self._heard.set()
                else:
                    self._lines.append(line)
        # Nobody needs to wait for a process that is gone.
        self._heard.set()
