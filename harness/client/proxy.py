"""A proxy that requests go through because a plan says so; the environment's variables say nothing here."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from harness.plan.client.proxy import is_untold

_PORT: Final = 80
OF_GATEWAYS: Final = frozenset({407, 502, 503, 504})
"""Statuses of proxies that read the requests: whether the service gave them, nobody knows."""


@dataclass(frozen=True)
class Proxy:
    """Where the proxy is, and the user and password that it is told, which are secret."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, address: SecretStr | None) -> Self | None:
        """Return the proxy of a plan; None without one, and for one that a run directory does not tell."""
        if address is None or is_untold(address):
            return None
        parts = urlsplit(address.get_secret_value())
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname or "", parts.port or _PORT, user, password)

    def __str__(self) -> str:
        return f"{bracketed(self.host)}:{self.port}"

    @property
    def url(self) -> str:
        """Its address, without the secrets."""
        return f"http://{self}"

    @property
    def authorization(self) -> str | None:
        """The value of `Proxy-Authorization` (RFC 7617), None for a proxy that is told nobody's name."""
        if not self.user and not self.password:
            return None
        return "Basic " + b64encode(f"{self.user}:{self.password}".encode()).decode()


def bracketed(host: str) -> str:
    """Return a host as it stands in an address: RFC 3986 brackets those of IPv6."""
    return f"[{host}]" if ":" in host else host
