"""Agreeing with the other side before the first request: on TLS with a service, on a tunnel with a proxy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.load.errors import ConnectionFailed
from harness.load.http.tls_stream import TlsStream
from harness.load.http.transport.proxying import Tunnel

_CHUNK_BYTES = 65_536


def shake_hands(
    sock: Any, stream: TlsStream | Tunnel, send: Callable[[bytes], None], pause: Callable[[], None]
) -> None:
    """Send and read in turn until both sides agree; `pause` waits for something to read, and may raise.

    Raises ConnectionFailed when the connection is closed before that, and the HttpError of a refusal.
    """
    while not stream.shake_hands():
        send(stream.to_send())
        pause()
        received = sock.recv(_CHUNK_BYTES)
        if not received:
            raise ConnectionFailed(stream.WHEN_CUT)
        stream.receive(received)
