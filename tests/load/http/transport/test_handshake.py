"""A handshake sends and reads in turn until both sides agree."""

import pytest

from harness.load.errors import ConnectionFailed
from harness.load.http.transport.handshake import shake_hands


class Socket:
    def __init__(self, *received):
        self.received = list(received)

    def recv(self, _):
        return self.received.pop(0)


class Stream:
    """A TLS stream that agrees once it has received a number of records."""

    WHEN_CUT = "closed during the TLS handshake"

    def __init__(self, records):
        self.missing = records

    def shake_hands(self):
        return not self.missing

    def to_send(self):
        return f"{self.missing} missing".encode()

    def receive(self, _):
        self.missing -= 1


def test_each_round_sends_then_waits_then_reads():
    steps = []
    shake_hands(Socket(b"hello", b"done"), Stream(2), steps.append, lambda: steps.append("wait"))
    assert steps == [b"2 missing", "wait", b"1 missing", "wait"]


def test_a_connection_closed_half_way_is_a_failed_connection():
    with pytest.raises(ConnectionFailed, match="TLS handshake"):
        shake_hands(Socket(b"hello", b""), Stream(2), lambda _: None, lambda: None)
