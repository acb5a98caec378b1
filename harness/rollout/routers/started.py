"""A router in front of the embedded service, started for one run and stopped after it."""

from __future__ import annotations

import ctypes
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.plan.router import Router
from harness.plan.variant import Shares, Variant, shares_of
from harness.process.child import wait_or_kill
from harness.rollout.routers.choice import launch, router_of
from harness.rollout.routers.router import RouterError, SplitRouter, apply_shares

_READY_WITHIN_S = 20.0
_ENDS_WITHIN_S = 5.0
_LOOK_EVERY_S = 0.05
_PR_SET_PDEATHSIG = 1


class StartedRouter:
    """A running Envoy or HAProxy; `url` is where its traffic goes in."""

    def __init__(self, url: str, process: Any, directory: Any) -> None:
        self.url = url
        self._process = process
        self._directory = directory

    @classmethod
    def start(
        cls, router: Router, urls: Mapping[str, str], sleep: Callable[[float], Any] = time.sleep
    ) -> StartedRouter:
        """Start the plan's router with weight 0 before the variants; raises RouterError."""
        directory = tempfile.TemporaryDirectory(prefix="harness-router-")
        port = _free_port()
        log = Path(directory.name) / "log"
        try:
            servers = {Variant(name): _address(url) for name, url in urls.items()}
            command = launch(router, servers, port, Path(directory.name))
            process = _spawn(command, log)
        except BaseException:
            directory.cleanup()
            raise
        split, nobody = router_of(router, servers), shares_of(Fraction(0), servers)
        started = cls(f"http://127.0.0.1:{port}", process, directory)
        ends_s = time.monotonic() + _READY_WITHIN_S
        while not _is_ready(split, nobody, port):
            if process.poll() is not None or time.monotonic() > ends_s:
                said = log.read_text(errors="replace").strip()[-500:]
                started.stop()
                raise RouterError(f"{command[0]} did not start. {said}".strip())
            sleep(_LOOK_EVERY_S)
        return started

    def stop(self) -> None:
        """Stop it."""
        self._process.terminate()
        wait_or_kill(self._process, _ENDS_WITHIN_S)
        self._directory.cleanup()


def _spawn(command: list[str], log: Path) -> Any:
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - no other thread runs in a gevent process
        )


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 80


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _is_ready(router: SplitRouter, shares: Shares, port: int) -> bool:
    """Whether it obeys: a port is open before a router has read all of its configuration."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        apply_shares(router, "start", shares)
    except (OSError, RouterError):
        return False
    return True


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
