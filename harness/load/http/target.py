"""Where requests go: a base URL, parsed and resolved once."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

_PORTS = {"http": 80, "https": 443}
_EXAMPLE = "write for example http://127.0.0.1:8080, https://[::1]:8443 or unix:/run/service.sock"

SocketAddress = tuple[socket.AddressFamily, object]
"""Address family, and what `socket.connect` takes."""


class TargetError(ValueError):
    """A target that cannot be used; the text says which and why."""


@dataclass(frozen=True)
class Target:
    """A base URL: the addresses to try in turn, the `Host` header and the path prefix of its requests."""

    url: str
    scheme: str
    host: str
    port: int
    host_header: str
    prefix: str
    addresses: tuple[SocketAddress, ...] = field(compare=False)

    @classmethod
    def of(cls, url: str) -> Target:
        """Resolve `http://`, `https://`, `unix:/path`, `http+unix://%2Fpath`; raises TargetError."""
        if url.startswith("unix:"):
            return _unix(url, url.removeprefix("unix:").removeprefix("//"), "")
        parts = _split(url)
        if parts.scheme == "http+unix":
            return _unix(url, unquote(parts.netloc), parts.path.rstrip("/"))
        scheme, host, port = origin_of(url)
        addresses = tuple(
            (family, address)
            for family, _, _, _, address in _resolve(url, host, port)
            if family in (socket.AF_INET, socket.AF_INET6)
        )
        return cls(url, scheme, host, port, _netloc(scheme, host, port), parts.path.rstrip("/"), addresses)

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
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port == _PORTS[scheme] else f"{bracketed}:{port}"


def _resolve(url: str, host: str, port: int) -> list[tuple[socket.AddressFamily, int, int, str, object]]:
    try:
        return list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise TargetError(f"{url}: cannot resolve {host}: {reason}") from None


def _unix(url: str, path: str, prefix: str) -> Target:
    if not path.startswith("/"):
        raise TargetError(f"{url}: a unix socket needs an absolute path; {_EXAMPLE}")
    return Target(url, "http", "localhost", 80, "localhost", prefix, ((socket.AF_UNIX, path),))
