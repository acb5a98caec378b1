"""A connection through a proxy: a tunnel for https (RFC 9110 §9.3.6), absolute addresses for http."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from harness.client.proxy import OF_GATEWAYS, Proxy, bracketed
from harness.load.errors import ConnectionFailed, HttpError, ProxyFailed, reason_of
from harness.load.http.request import Request
from harness.load.http.target import Target
from harness.load.http.transport.http1 import encode

_HEAD_ENDS: Final = b"\r\n\r\n"
_MAX_HEAD_BYTES: Final = 65_536


class Passage:
    """How one target is reached through a proxy; `encode` writes requests as this proxy wants them."""

    def __init__(self, proxy: Proxy, target: Target) -> None:
        self._proxy = proxy
        is_tunnel = target.scheme == "https"
        self._connects_to = f"{bracketed(target.reached_at)}:{target.port}" if is_tunnel else None
        authorization = proxy.authorization
        self._told = f"proxy-authorization: {authorization}\r\n" if authorization is not None else ""
        self.encode: Callable[[Request], bytes] = self._absolute if self._connects_to is None else encode

    def tunnel(self) -> Tunnel | None:
        """Return the beginning of a new connection; None where the proxy reads the requests itself."""
        if self._connects_to is None:
            return None
        to = self._connects_to
        return Tunnel(f"CONNECT {to} HTTP/1.1\r\nhost: {to}\r\n{self._told}\r\n".encode())

    def failed(self, error: HttpError | OSError) -> ProxyFailed:
        """Return the error of requests whose connection got no further than the proxy."""
        return ProxyFailed(str(self._proxy), reason_of(error) if isinstance(error, OSError) else str(error))

    def _absolute(self, request: Request) -> bytes:
        return encode(request, request.url, self._told)


class Tunnel:
    """What is said to the proxy before TLS begins, in the shape of a TLS handshake."""

    WHEN_CUT = "closed before it opened the tunnel"

    def __init__(self, request: bytes) -> None:
        self._unsent = request
        self._received = b""

    def to_send(self) -> bytes:
        """Return what to send now."""
        unsent, self._unsent = self._unsent, b""
        return unsent

    def receive(self, data: bytes) -> None:
        """Take what the proxy answered."""
        self._received += data

    def shake_hands(self) -> bool:
        """Return whether the tunnel is open. Raises ConnectionFailed where the proxy refuses it."""
        head, ends, _ = self._received.partition(_HEAD_ENDS)
        if not ends:
            if len(self._received) > _MAX_HEAD_BYTES:
                raise ConnectionFailed("its answer to CONNECT does not end")
            return False
        protocol, _, status = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
        if not protocol.startswith("HTTP/1."):
            raise ConnectionFailed("its answer to CONNECT is not HTTP")
        if not status.startswith("2"):
            said = "".join(each if each.isprintable() else "?" for each in status[:80])
            raise ConnectionFailed(f"it answers HTTP {said.strip()} to CONNECT")
        return True


def may_be_of_the_proxy(request: Request, status: int, error: BaseException | None) -> bool:
    """Whether the proxy may have answered, or broken the connection, itself.

    In a tunnel it cannot answer; a connection that ends may have been ended by either.
    """
    if status in OF_GATEWAYS:
        return request.base.startswith("http:")
    return isinstance(error, ConnectionFailed)
