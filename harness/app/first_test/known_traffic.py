"""What is known about the requests of a service, wherever it was learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class UnknownTraffic(Exception):
    """The file tells no request that could be sent; the text says why and what to do."""


@dataclass(frozen=True)
class KnownRequest:
    """One request that can be sent: a path with its query, and a JSON body if it has one."""

    path: str
    body: Any = None


@dataclass(frozen=True)
class KnownEndpoint:
    """An endpoint, how often it is asked beside the others, and requests of it."""

    method: str
    route: str
    weight: int
    requests: Sequence[KnownRequest]

    @property
    def name(self) -> str:
        """The name under which its requests count."""
        return f"{self.method} {self.route}"


@dataclass(frozen=True)
class KnownTraffic:
    """Endpoints with their requests, and what was measured of them; None where nothing was."""

    endpoints: Sequence[KnownEndpoint]
    source: str
    """A sentence of where it was learned."""
    rate_per_s: float | None = None
    p95_s: float | None = None
    error_rate: float | None = None
    left_out: Sequence[str] = ()
    """Sentences about requests that are not sent."""
