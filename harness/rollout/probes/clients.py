"""The HTTP clients that ask targets: each with the plan's TLS settings, for the targets alone."""

from __future__ import annotations

from collections.abc import Iterable

import httpx

from harness.load.http.target import origin_of
from harness.load.http.tls import TlsSettings
from harness.rollout.probes.questions import ProbeTargets

_MAX_CONNECTIONS = 50


class _Transport(httpx.HTTPTransport):
    """Sends requests to a target."""

    def __init__(self, tls: TlsSettings) -> None:
        super().__init__(verify=tls.context(), trust_env=False)
        self._server_name = tls.server_name

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        _name(request, self._server_name)
        return super().handle_request(request)


class _AsyncTransport(httpx.AsyncHTTPTransport):
    """The same, for probes."""

    def __init__(self, tls: TlsSettings) -> None:
        limits = httpx.Limits(max_connections=_MAX_CONNECTIONS)
        super().__init__(verify=tls.context(), trust_env=False, limits=limits)
        self._server_name = tls.server_name

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        _name(request, self._server_name)
        return await super().handle_async_request(request)


def client_of(targets: ProbeTargets, timeout_s: float) -> httpx.Client:
    """Return a client for targets; raises TlsError for settings that cannot be used."""
    tls = targets.tls
    mounts = {} if tls is None else {origin: _Transport(tls) for origin in _origins(targets)}
    return httpx.Client(timeout=timeout_s, trust_env=False, mounts=mounts)


def async_client_of(targets: ProbeTargets, timeout_s: float) -> httpx.AsyncClient:
    """Return a client for targets, and for others with the system's authorities; raises TlsError."""
    tls = targets.tls
    mounts = {} if tls is None else {origin: _AsyncTransport(tls) for origin in _origins(targets)}
    limits = httpx.Limits(max_connections=_MAX_CONNECTIONS)
    return httpx.AsyncClient(timeout=timeout_s, trust_env=False, limits=limits, mounts=mounts)


def _origins(targets: ProbeTargets) -> Iterable[str]:
    """Return the https origins of targets as httpx matches them."""
    for scheme, host, port in {origin_of(url) for url in targets.urls.values()}:
        if scheme == "https":
            bracketed = f"[{host}]" if ":" in host else host
            yield f"https://{bracketed}" if port == 443 else f"https://{bracketed}:{port}"


def _name(request: httpx.Request, server_name: str | None) -> None:
    if server_name is not None:
        request.extensions["sni_hostname"] = server_name
