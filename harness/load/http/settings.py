"""How one user's client behaves: its default headers, time limits, redirects and TLS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.client.tls import TlsSettings

Timeout = float | tuple[float | None, float | None] | None
"""Seconds for the whole request, or for connecting and for the response; None for the plan's timeout."""

MAX_REDIRECTS = 30


@dataclass(frozen=True)
class ClientSettings:
    """What the class of a user says; `timeout` and `tls` are the run's where they are None."""

    default_headers: Mapping[str, str] = field(default_factory=dict)
    tls: TlsSettings | None = None
    timeout: Timeout = None
    max_redirects: int = MAX_REDIRECTS
    fold_ids: bool = False
