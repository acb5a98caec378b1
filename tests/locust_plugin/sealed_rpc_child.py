"""Sealed connections over real sockets, with strangers at the port."""

import gevent
import pytest
import zmq.green as zmq
from locust.rpc import Message
from locust.rpc.zmqrpc import Client

from harness.load.workers.seal import MasterSeal
from harness.locust_plugin.sealed_rpc import SealedClient, SealedServer

KEY = b"0123456789abcdef"
GARBAGE = (b"", b"\xc1", b"gate", b"\x93\x01\x02\x03", b"\x00" * 100, b"\x81" * 1000)


@pytest.fixture
def master():
    server = SealedServer("127.0.0.1", 0, MasterSeal(KEY))
    yield server
    server.close(linger=0)


@pytest.fixture
def connect(master):
    opened = []

    def connect(name, key=KEY):
        opened.append(SealedClient("127.0.0.1", master.port, name, key))
        return opened[-1]

    yield connect
    for client in opened:
        client.close(linger=0)


def served(master, count):
    """Receive messages as a master does, and return them."""
    with gevent.Timeout(10):
        return [master.recv_from_client() for _ in range(count)]


def test_a_worker_with_the_key_is_heard_and_hears(master, connect):
    worker = connect("w1")
    heard = gevent.spawn(worker.recv)
    worker.send(Message("client_ready", "2.47", "w1"))
    [(name, message)] = served(master, 1)
    assert (name, message.type, message.data) == ("w1", "client_ready", "2.47")
    master.send_to_client(Message("ack", {"index": 0}, "w1"))
    assert heard.get(timeout=10).data == {"index": 0}


def test_nothing_a_stranger_sends_is_delivered_or_ends_the_run(master, connect):
    plain = Client("127.0.0.1", master.port, "stranger")
    wrong = connect("wrong", key=b"another key of some length")
    raw = zmq.Context.instance().socket(zmq.DEALER)
    raw.connect(f"tcp://127.0.0.1:{master.port}")
    try:
        plain.send(Message("quit", None, "w1"))
        wrong.send(Message("client_ready", "2.47", "wrong"))
        for data in GARBAGE:
            raw.send(data)
            raw.send_multipart([data, data])
        worker = connect("w1")
        gevent.spawn(worker.recv)
        worker.send(Message("client_ready", "2.47", "w1"))
        gevent.sleep(0.2)
        assert [(name, message.type) for name, message in served(master, 1)] == [("w1", "client_ready")]
        assert master.dropped.count >= len(GARBAGE)
    finally:
        plain.close(linger=0)
        raw.close(linger=0)


def test_a_message_in_the_name_of_another_worker_is_dropped(master, connect):
    worker = connect("w1")
    gevent.spawn(worker.recv)
    worker.send(Message("client_ready", "2.47", "w1"))
    served(master, 1)
    worker.send(Message("quit", None, "w2"))
    worker.send(Message("stats", {}, "w1"))
    assert [message.type for _, message in served(master, 1)] == ["stats"]
    assert master.dropped.count == 1
