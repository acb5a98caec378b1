"""Checks by requests, not by configuration, that only the baseline serves after a rollback."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from harness.client.http import client_of
from harness.plan.variant import Variant
from harness.rollout.probes.questions import ProbeTargets

_REQUESTS = 200
_WITHIN_S = 5.0
_PAUSE_S = 0.25


def check_rollback(
    targets: ProbeTargets,
    path: str | None,
    settles_within_s: float = 10.0,
    sleep: Callable[[float], Any] = time.sleep,
) -> str | None:
    """Return what is still wrong after a rollback, None when the baseline serves all of 200 requests.

    A router takes a moment to settle, so a wrong answer is checked again for `settles_within_s`. `path` is
    the health path, if the plan has one. Without a router one request to the baseline is enough; without
    targets nobody can be asked.
    """
    if not targets.urls:
        return None
    ends_s = time.monotonic() + settles_within_s
    while True:
        wrong = _wrong(targets, path)
        if wrong is None or time.monotonic() > ends_s:
            return wrong
        sleep(_PAUSE_S)


def _wrong(targets: ProbeTargets, path: str | None) -> str | None:
    name = str(Variant.BASELINE) if targets.variant_header is None else "ingress"
    with client_of(targets.access_to(name), _WITHIN_S) as client:
        return _wrong_answer(client, targets, name, path)


def _wrong_answer(client: httpx.Client, targets: ProbeTargets, name: str, path: str | None) -> str | None:
    url = targets.urls[name] + (path or "/")
    for _ in range(1 if targets.variant_header is None else _REQUESTS):
        try:
            response = client.get(url)
        except httpx.ProxyError as error:
            return f"after the rollback {url} could not be asked: {error}"
        except httpx.HTTPError as error:
            return f"after the rollback {url} does not answer: {error}"
        if response.status_code >= (400 if path else 500):
            return f"after the rollback {url} returns HTTP {response.status_code}"
        if targets.variant_of(name, response) == Variant.CANARY:
            return f"after the rollback a request to {url} still reached the canary"
    return None
