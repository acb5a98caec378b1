"""One variant of the service as a process: started, watched, ended."""

import asyncio
import os
import signal
import socket
from asyncio.subprocess import Process
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from time import monotonic
from typing import Self

from harness.demo.http.sockets import HOST, listen
from harness.demo.settings import Settings
from harness.plan.variant import Variant
from harness.process.child import command_of

READY_WITHIN_S = 20.0
POLL_EVERY_S = 0.05
END_WITHIN_S = 2.0
RESTART_AFTER_S = 1.0

Report = Callable[[str], None]


class DemoError(Exception):
    """The demo cannot start; the text says why."""


@dataclass(frozen=True)
class VariantOptions:
    """How to run one variant; port 0 takes a free one."""

    variant: Variant
    port: int
    seed: int
    faults: tuple[str, ...]
    """Arguments such as `latency=+25%`."""


class VariantProcess:
    """One variant of the service in a process of its own."""

    def __init__(self, options: VariantOptions, port: int, process: Process) -> None:
        self._options = options
        self._process = process
        self.name: str = options.variant.value
        self.port = port
        self.url = f"http://{HOST}:{port}"

    @property
    def pid(self) -> int:
        """The process id; another one after a restart."""
        return self._process.pid

    @classmethod
    async def start(cls, options: VariantOptions, listening: socket.socket) -> Self:
        """Start the variant on a socket; this process then closes its own copy."""
        return cls(options, listening.getsockname()[1], await _spawn(options, listening))

    async def until_ready(self, within_s: float = READY_WITHIN_S) -> None:
        """Wait until it answers health checks; raises DemoError when it ends before or takes too long."""
        deadline_s = monotonic() + within_s
        while not await asyncio.to_thread(is_well, self.port):
            if self._process.returncode is not None:
                raise DemoError(f"{self.name} ended before it was ready ({ending(self._process.returncode)})")
            if monotonic() > deadline_s:
                raise DemoError(f"{self.name} was not healthy within {within_s:.0f} s")
            await asyncio.sleep(POLL_EVERY_S)

    async def watch(self, report: Report, *, restart: bool) -> None:
        """Report the end of the process, and start it again with `restart`; returns when it stays ended."""
        while True:
            code = await self._process.wait()
            report(f"{self.name} (pid {self.pid}) ended by itself: {ending(code)}")
            if not restart:
                return
            await asyncio.sleep(RESTART_AFTER_S)
            try:
                self._process = await _spawn(self._options, listen(self.port))
            except OSError as error:
                report(f"{self.name} cannot start again on port {self.port}: {os.strerror(error.errno or 0)}")
                return
            report(f"{self.name} started again (pid {self.pid})")

    async def end(self) -> None:
        """Terminate the process; kill it when it does not end in time."""
        if self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), END_WITHIN_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


async def _spawn(options: VariantOptions, listening: socket.socket) -> Process:
    # Always closed here: a copy left open would make clients of a dead service wait instead of being refused.
    with listening:
        descriptor = listening.fileno()
        settings = Settings(options.variant, options.seed, options.faults, descriptor)
        return await asyncio.create_subprocess_exec(
            *command_of("harness.demo.process", settings.to_json()),
            pass_fds=(descriptor,),
            # Closed at the latest when this process dies, which ends the variant.
            stdin=asyncio.subprocess.PIPE,
            stdout=2,  # stdout is for the supervisor's own line
            # Ctrl-C must reach only the supervisor, which then ends the variants in order.
            start_new_session=True,
        )


def is_well(port: int) -> bool:
    """Return whether the health check of the service on this port is 200."""
    connection = HTTPConnection(HOST, port, timeout=1)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def ending(returncode: int) -> str:
    """Describe how a process ended."""
    return f"signal {signal.Signals(-returncode).name}" if returncode < 0 else f"exit code {returncode}"
