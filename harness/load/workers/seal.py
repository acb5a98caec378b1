"""Seals the messages between a master and its workers, so that no stranger can join a run or falsify it.

A sealed message is a head, an HMAC-SHA256 (RFC 2104) and a body. The HMAC covers the direction, the worker's
id, the head and the body. The head names the run and counts, so that a message of another run, and one that
came before, are refused. A worker learns the run's name from the reply to its greeting.
"""

from __future__ import annotations

import hmac
import secrets
import struct
from typing import Final

_GREETING, _REPLY, _MESSAGE = b"g", b"r", b"m"
_HEAD: Final = struct.Struct(">4sc16sQ")
_MARK: Final = b"gate"
_TAG_BYTES: Final = 32
_NO_RUN: Final = bytes(16)
_TO_MASTER, _TO_WORKER = b"to master", b"to worker"


class NotSealed(ValueError):
    """A message that was not made by a holder of the key for this run, or came before."""


def _sealed(key: bytes, direction: bytes, worker: str, head: bytes, body: bytes) -> bytes:
    return head + _tag(key, direction, worker, head, body) + body


def _tag(key: bytes, direction: bytes, worker: str, head: bytes, body: bytes) -> bytes:
    name = worker.encode(errors="surrogatepass")
    return hmac.digest(key, direction + struct.pack(">I", len(name)) + name + head + body, "sha256")


def _opened(key: bytes, direction: bytes, worker: str, data: bytes) -> tuple[bytes, bytes, int, bytes]:
    """Return kind, run, number and body of an authentic message; raises NotSealed."""
    start = _HEAD.size + _TAG_BYTES
    if len(data) < start:
        raise NotSealed("it is too short")
    head, tag, body = data[: _HEAD.size], data[_HEAD.size : start], data[start:]
    mark, kind, run, number = _HEAD.unpack(head)
    if mark != _MARK or not hmac.compare_digest(tag, _tag(key, direction, worker, head, body)):
        raise NotSealed("its sender does not have the key")
    return kind, run, number, body


class MasterSeal:
    """The master's side; it makes up the name of the run."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._run = secrets.token_bytes(16)
        self._sent = 0
        self._received: dict[str, int] = {}

    def seal(self, worker: str, body: bytes) -> bytes:
        """Return a message for one worker."""
        return self._made(_MESSAGE, worker, body)

    def reply_to_greeting(self, worker: str) -> bytes:
        """Return what tells a worker the name of the run."""
        return self._made(_REPLY, worker, b"")

    def open(self, worker: str, data: bytes) -> bytes | None:
        """Return the body of a worker's message, None for a greeting; raises NotSealed."""
        kind, run, number, body = _opened(self._key, _TO_MASTER, worker, data)
        if kind == _GREETING:
            return None
        if run != self._run:
            raise NotSealed("it belongs to another run")
        if number <= self._received.get(worker, 0):
            raise NotSealed("it came before")
        self._received[worker] = number
        return body

    def _made(self, kind: bytes, worker: str, body: bytes) -> bytes:
        self._sent += 1
        return _sealed(self._key, _TO_WORKER, worker, _HEAD.pack(_MARK, kind, self._run, self._sent), body)


class WorkerSeal:
    """A worker's side; its id is made up anew by every worker process."""

    def __init__(self, key: bytes, worker: str) -> None:
        self._key = key
        self._worker = worker
        self._run: bytes | None = None
        self._sent = 0
        self._received = 0

    @property
    def knows_run(self) -> bool:
        """Whether the master has told the name of the run; nothing can be sealed before."""
        return self._run is not None

    def greeting(self) -> bytes:
        """Return what asks the master for the name of the run."""
        return _sealed(self._key, _TO_MASTER, self._worker, _HEAD.pack(_MARK, _GREETING, _NO_RUN, 0), b"")

    def seal(self, body: bytes) -> bytes:
        """Return a message for the master."""
        assert self._run is not None  # see `knows_run`
        self._sent += 1
        head = _HEAD.pack(_MARK, _MESSAGE, self._run, self._sent)
        return _sealed(self._key, _TO_MASTER, self._worker, head, body)

    def open(self, data: bytes) -> bytes | None:
        """Return the body of the master's message, None for the reply to a greeting; raises NotSealed."""
        kind, run, number, body = _opened(self._key, _TO_WORKER, self._worker, data)
        if self._run is None and kind == _REPLY:
            self._run = run
        if run != self._run:
            raise NotSealed("it belongs to another run")
        if number <= self._received:
            raise NotSealed("it came before")
        self._received = number
        return None if kind == _REPLY else body
