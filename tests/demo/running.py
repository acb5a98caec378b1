"""The real command as a child process; every wait has a limit."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

LIMIT_S = 20.0
COMMAND = (sys.executable, "-m", "harness.demo", "--json", "--baseline-port", "0", "--canary-port", "0")


class Demo:
    """A running `harness demo`, and what it said when it was ready."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        line = process.stdout.readline()
        assert line, process.communicate(timeout=LIMIT_S)[1]
        self.ready: dict[str, Any] = json.loads(line)
        self.pids: dict[str, int] = self.ready["pids"]

    def ask(self, method: str, path: str, variant: str = "canary", **more: Any) -> httpx.Response:
        """One request on a connection of its own."""
        return httpx.request(method, self.ready[variant] + path, timeout=LIMIT_S, trust_env=False, **more)

    def refuses(self, variant: str) -> bool:
        try:
            self.ask("GET", "/health", variant)
        except httpx.TransportError:
            return True
        return False

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Send a signal; exit code, stdout and stderr."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> tuple[int, str, str]:
        """Wait for the end; exit code, stdout and stderr."""
        out, err = self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode, out, err


@contextmanager
def demo(*words: str) -> Iterator[Demo]:
    """Run the command on free ports, and have it gone afterwards."""
    with subprocess.Popen(
        (*COMMAND, *words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield Demo(process)
        finally:
            if process.poll() is None:
                process.terminate()
                process.communicate(timeout=LIMIT_S)


def until(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold within the limit."""
    deadline_s = time.monotonic() + LIMIT_S
    while not (held := holds()) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    return held


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        os.kill(pid, 0)
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:  # noqa: PTH123  # no path of ours
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
