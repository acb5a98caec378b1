"""The key that master and workers share, and Locust's runners on connections sealed with it."""

from __future__ import annotations

import ipaddress
import os
import sys
from argparse import Namespace
from collections.abc import Callable, MutableMapping
from functools import wraps
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, NoReturn

from locust import runners
from locust.env import Environment
from locust.exception import RPCError

from harness.load.workers.seal import MasterSeal
from harness.locust_plugin.forked_worker import end_with_parent
from harness.locust_plugin.sealed_rpc import SealedClient, SealedServer
from harness.rollout.exit_code import ExitCode

VARIABLE: Final = "HARNESS_WORKER_KEY"
MIN_KEY_LENGTH: Final = 16
_LOOPBACK: Final = "127.0.0.1"
_HOW: Final = f"name a file with a shared key with --worker-key-file, or set {VARIABLE}"


class WorkerKeyError(Exception):
    """There is no usable key; the text says where to put one."""


class PortUnavailable(Exception):
    """The master cannot listen; the text says on which port and how to choose another."""


def read_key(file: str | None, environment: MutableMapping[str, str]) -> bytes:
    """Return the key, empty when there is none; raises WorkerKeyError.

    The variable is removed: commands of the plan have no use for the key.
    """
    text = environment.pop(VARIABLE, "").strip()
    if file:
        try:
            text = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise WorkerKeyError(f"{file}: the key cannot be read: {error}") from None
    if (file or text) and len(text) < MIN_KEY_LENGTH:
        raise WorkerKeyError(f"the key of the workers needs at least {MIN_KEY_LENGTH} characters")
    return text.encode()


def needs_key(host: str) -> bool:
    """Whether others than the processes of this machine can reach an address."""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def seal_connections() -> None:
    """Let Locust make every master and every worker with sealed connections."""
    for name, create in (("create_master_runner", _master), ("create_worker_runner", _worker)):
        setattr(Environment, name, _with_key(create)(getattr(Environment, name)))


_Create = Callable[..., Any]


def _with_key(create: Callable[[_Create, Environment, bytes, Any, Any], Any]) -> Callable[[_Create], _Create]:
    def wrapped(original: _Create) -> _Create:
        @wraps(original)
        def created(environment: Environment, *arguments: Any, **options: Any) -> Any:
            host, port = (*arguments, *options.values())
            given = environment.parsed_options or Namespace()
            try:
                key = read_key(getattr(given, "worker_key_file", None), os.environ)
                return create(original, environment, key, host, port)
            except (WorkerKeyError, PortUnavailable) as error:
                _end(str(error))

        return created

    return wrapped


def _master(original: _Create, environment: Environment, key: bytes, host: str, port: int) -> Any:
    forks = getattr(environment.parsed_options, "processes", None)
    if not key and forks and host == "*":
        # Its workers are processes of this machine; nobody else needs to reach it.
        host = _LOOPBACK
    if not key and needs_key(host):
        raise WorkerKeyError(
            f"a master that other machines can reach needs a key: {_HOW}, or bind it to {_LOOPBACK} "
            f"with --master-bind-host"
        )
    seal = MasterSeal(key)
    _connect_by(Server=lambda host, port: SealedServer(host, port, seal))
    try:
        return original(environment, master_bind_host=host, master_bind_port=port)
    except RPCError as error:
        raise PortUnavailable(
            f"the master cannot listen on port {port}, perhaps because of another run on this machine "
            f"({error}); choose one with --master-bind-port for the master and --master-port for its workers"
        ) from None


def _worker(original: _Create, environment: Environment, key: bytes, host: str, port: int) -> Any:
    # Before it connects, for that takes as long as there is no master.
    end_with_parent()
    if not key and needs_key(host):
        raise WorkerKeyError(f"a worker needs the key of its master at {host}: {_HOW}")
    _connect_by(Client=lambda host, port, identity: SealedClient(host, port, identity, key))
    return original(environment, master_host=host, master_port=port)


def _connect_by(**makers: Callable[..., Any]) -> None:
    # Locust connects before it tells any plug-in of its runner.
    vars(runners)["rpc"] = SimpleNamespace(**makers)


def _end(line: str) -> NoReturn:
    sys.stderr.write(f"error: {line}\n")
    sys.exit(ExitCode.BAD_USAGE)
