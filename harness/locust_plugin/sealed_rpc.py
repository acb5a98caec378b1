"""Locust's connections between a master and its workers, with every message of Locust and ours sealed."""

from __future__ import annotations

import logging

import zmq.error
from locust.exception import RPCError, RPCSendError
from locust.rpc import Message
from locust.rpc.zmqrpc import Client, Server

from harness.load.workers.seal import MasterSeal, WorkerSeal

_LOG = logging.getLogger("harness")


class _Dropped:
    """Counts what was not sealed or not readable; says so for the 1st, 2nd, 4th, 8th … of them."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, sender: str, error: Exception) -> None:
        self.count += 1
        if self.count & (self.count - 1) == 0:
            reason = str(error) or type(error).__name__
            _LOG.warning("dropped a message from %s: %s (%d so far)", sender, reason[:100], self.count)


class SealedServer(Server):
    """The master's connection to its workers."""

    def __init__(self, host: str, port: int, seal: MasterSeal) -> None:
        super().__init__(host, port)
        self._seal = seal
        self.dropped = _Dropped()

    def send_to_client(self, msg: Message) -> None:
        """Send a message to one worker; raises RPCSendError."""
        self._send(msg.node_id, self._seal.seal(msg.node_id, msg.serialize()))

    def recv_from_client(self) -> tuple[str, Message]:
        """Wait for the next message of a worker of this run; whatever else comes is dropped."""
        while True:
            try:
                frames = self.socket.recv_multipart()
            except zmq.error.ZMQError as error:
                raise RPCError("ZMQ network broken") from error
            try:
                received = self._received(*frames)
            except Exception as error:
                # It came from the network: no content of it may end the run.
                self.dropped.add("the network", error)
                continue
            if received is not None:
                return received

    def _received(self, name: bytes, data: bytes) -> tuple[str, Message] | None:
        worker = name.decode()
        body = self._seal.open(worker, data)
        if body is None:
            self._send(worker, self._seal.reply_to_greeting(worker))
            return None
        message = _message(body)
        if message.node_id != worker:
            raise ValueError("it was sent in the name of another worker")
        return worker, message

    def _send(self, worker: str, data: bytes) -> None:
        try:
            self.socket.send_multipart([worker.encode(), data])
        except zmq.error.ZMQError as error:
            raise RPCSendError("ZMQ sent failure") from error


class SealedClient(Client):
    """A worker's connection to its master."""

    def __init__(self, host: str, port: int, identity: str, key: bytes) -> None:
        super().__init__(host, port, identity)
        self._seal = WorkerSeal(key, identity)
        self._waiting: dict[str, bytes] = {}
        self.dropped = _Dropped()

    def send(self, msg: Message) -> None:
        """Send a message to the master, or keep it until the master has replied; raises RPCSendError."""
        body = msg.serialize()
        if self._seal.knows_run:
            self._send(self._seal.seal(body))
        else:
            self._waiting[msg.type] = body
            self._send(self._seal.greeting())

    def recv(self) -> Message:
        """Wait for the next message of the master; whatever else comes is dropped."""
        while True:
            try:
                data = self.socket.recv()
            except zmq.error.ZMQError as error:
                raise RPCError("ZMQ network broken") from error
            try:
                body = self._seal.open(data)
                if body is not None:
                    return _message(body)
            except Exception as error:
                # It came from the network: no content of it may end the run.
                self.dropped.add("the network", error)
                continue
            waiting, self._waiting = self._waiting, {}
            for kept in waiting.values():
                self._send(self._seal.seal(kept))

    def _send(self, data: bytes) -> None:
        try:
            self.socket.send(data, zmq.NOBLOCK)
        except zmq.error.ZMQError as error:
            raise RPCSendError("ZMQ sent failure") from error


def _message(body: bytes) -> Message:
    message: Message = Message.unserialize(body)
    if not isinstance(message.type, str):
        raise ValueError("it has no type")
    return message
