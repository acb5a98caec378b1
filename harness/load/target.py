"""Where requests go: one address per variant, resolved once."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from harness.load.connection import Address


class TargetError(ValueError):
    """A target that cannot be used; the text says which and why."""


@dataclass(frozen=True)
class Target:
    """A base URL, taken apart: address to connect to, `Host` header and path prefix."""

    url: str
    address: Address
    host_header: str
    prefix: str

    @classmethod
    def of(cls, url: str) -> Target:
        """Resolve the host of an ``http://`` URL; raises TargetError."""
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise TargetError(f"{url}: a target is an http:// URL with a host")
        try:
            family, _, _, _, sockaddr = socket.getaddrinfo(
                parts.hostname, parts.port or 80, type=socket.SOCK_STREAM
            )[0]
        except OSError as error:
            raise TargetError(f"{url}: cannot resolve {parts.hostname}: {error.strerror}") from None
        return cls(url, (family, sockaddr), parts.netloc.rpartition("@")[2], parts.path.rstrip("/"))
