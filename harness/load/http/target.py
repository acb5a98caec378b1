"""Where requests go: a base URL, parsed and resolved."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from harness.client.access import Access
from harness.client.proxy import bracketed

_PORTS = {"http": 80, "https": 443}
_DIRECT = Access()
_EXAMPLE = "write for example http://127.0.0.1:8080, https://[::1]:8443 or unix:/run/service.sock"

SocketAddress = tuple[socket.AddressFamily, object]
"""Address family, and what `socket.connect` takes."""


class TargetError(ValueError):
    """A target that cannot be used; the text says which and why."""


@dataclass(frozen=True)
class Target:
    """A base URL: the addresses to try in turn, the `Host` header and the path prefix of its requests.

    `dialled` are the hosts and ports that connections are opened to: its own, those that a plan gives
    instead, or those of a proxy, which is then asked for `reached_at`.
    """

    url: str
    scheme: str
    host: str
    port: int
    host_header: str
    prefix: str
    reached_at: str
    dialled: tuple[tuple[str, int], ...]
    addresses: tuple[SocketAddress, ...] = field(compare=False)

    @classmethod
    def of(cls, url: str, access: Access = _DIRECT) -> Target:
        """Resolve `http://`, `https://`, `unix:/path`, `http+unix://%2Fpath`; raises TargetError."""
        if url.startswith("unix:"):
            return _unix(url, url.removeprefix("unix:").removeprefix("//"), "")
        parts = _split(url)
        if parts.scheme == "http+unix":
            return _unix(url, unquote(parts.netloc), parts.path.rstrip("/"))
        scheme, host, port = origin_of(url)
        return cls(
            url,
            scheme,
            host,
            port,
            _netloc(scheme, host, port),
            parts.path.rstrip("/"),
            access.addresses_of(host)[0],
            dialled := access.dialled(host, port),
            _resolved(url, dialled),
        )

    def resolve_again(self) -> tuple[SocketAddress, ...]:
        """Return its addresses as they are now; raises TargetError."""
        return _resolved(self.url, self.dialled) if self.dialled else self.addresses

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port: what two URLs of one server share."""
        return self.scheme, self.host, self.port

    @property
    def base(self) -> str:
        """The URL of the server itself, without a path."""
        return f"{self.scheme}://{self.host_header}"


def origin_of(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of an absolute URL, in lower case; raises TargetError."""
    parts = _split(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise TargetError(f"{url}: not an address that requests can be sent to; {_EXAMPLE}")
    try:
        host = parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode()
        port = parts.port or _PORTS[parts.scheme]
    except ValueError as error:
        raise TargetError(f"{url}: {error}; {_EXAMPLE}") from None
    return parts.scheme, host, port


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise TargetError(f"{url}: {error}; {_EXAMPLE}") from None
    if not url.isprintable() or " " in parts.netloc:
        raise TargetError(f"{url!r}: the address contains a space or control character; {_EXAMPLE}")
    return parts


def _netloc(scheme: str, host: str, port: int) -> str:
    return bracketed(host) if port == _PORTS[scheme] else f"{bracketed(host)}:{port}"


def _resolved(url: str, dialled: Iterable[tuple[str, int]]) -> tuple[SocketAddress, ...]:
    return tuple(
        (family, address)
        for host, port in dialled
        for family, _, _, _, address in _asked(url, host, port)
        if family in (socket.AF_INET, socket.AF_INET6)
    )


def _asked(url: str, host: str, port: int) -> list[tuple[socket.AddressFamily, int, int, str, object]]:
    try:
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise TargetError(f"{url}: cannot resolve {host}: {reason}") from None


def _unix(url: str, path: str, prefix: str) -> Target:
    if not path.startswith("/"):
        raise TargetError(f"{url}: a unix socket needs an absolute path; {_EXAMPLE}")
    return Target(url, "http", "localhost", 80, "localhost", prefix, "", (), ((socket.AF_UNIX, path),))
