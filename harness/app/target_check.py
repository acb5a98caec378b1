"""Checks before any load that every target answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from harness.client.access import Access
from harness.client.http import client_of
from harness.client.tls import TlsError
from harness.rollout.probes.questions import ProbeTargets

_ATTEMPTS = 3
_PAUSE_S = 1.0
_TIMEOUT_S = 5.0


class TargetCheckError(Exception):
    """A target that does not answer, or is unhealthy."""

    def __init__(self, variant: str, reason: str) -> None:
        super().__init__(f"{variant}: {reason}")
        self.variant = variant
        self.reason = reason


def check_targets(
    targets: ProbeTargets, health_path: str | None, sleep: Callable[[float], Any] = time.sleep
) -> None:
    """Send every target a request, up to three if it does not answer; raises TargetCheckError.

    With a `health_path` the status must be below 500; without one any HTTP
    answer will do.
    """
    for name, url in targets.urls.items():
        with _client(targets.access_to(name)) as client:
            _check(client, name, url, health_path, sleep)


def _check(
    client: httpx.Client, name: str, url: str, health_path: str | None, sleep: Callable[[float], Any]
) -> None:
    address = url.rstrip("/") + (health_path or "/")
    for attempts_left in reversed(range(_ATTEMPTS)):
        try:
            problem = _problem(client, address, must_be_healthy=health_path is not None)
        except httpx.ProxyError as error:
            failure = TargetCheckError("proxy", f"cannot reach {url}: {error}")
        else:
            if problem is None:
                return
            failure = TargetCheckError(name, f"{problem} at {url}")
        if attempts_left:
            sleep(_PAUSE_S)
    raise failure


def _client(access: Access) -> httpx.Client:
    try:
        return client_of(access, _TIMEOUT_S)
    except TlsError as error:
        raise TargetCheckError("tls", str(error)) from None


def _problem(client: httpx.Client, url: str, *, must_be_healthy: bool) -> str | None:
    try:
        status = client.get(url).status_code
    except httpx.TimeoutException:
        return f"no answer within {_TIMEOUT_S:.0f} s"
    except httpx.ProxyError:
        raise
    except httpx.HTTPError as error:
        return f"no answer ({error})"
    return f"unhealthy (HTTP {status})" if must_be_healthy and status >= 500 else None
