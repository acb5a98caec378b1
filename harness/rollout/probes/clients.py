"""The HTTP clients that ask targets: with the plan's TLS settings and headers for them alone."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from harness.load.http.target import origin_of
from harness.load.http.tls import TlsSettings
from harness.plan.model import Prometheus
from harness.rollout.probes.questions import ProbeTargets

_MAX_CONNECTIONS = 50


class _Transport(httpx.HTTPTransport):
    """Sends requests to a target."""

    def __init__(self, asked: ProbeTargets) -> None:
        super().__init__(verify=(asked.tls or TlsSettings()).context(), trust_env=False)
        self._asked = asked

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        _address(request, self._asked)
        return super().handle_request(request)


class _AsyncTransport(httpx.AsyncHTTPTransport):
    """The same, for probes."""

    def __init__(self, asked: ProbeTargets) -> None:
        limits = httpx.Limits(max_connections=_MAX_CONNECTIONS)
        super().__init__(verify=(asked.tls or TlsSettings()).context(), trust_env=False, limits=limits)
        self._asked = asked

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        _address(request, self._asked)
        return await super().handle_async_request(request)


def client_of(targets: ProbeTargets, timeout_s: float) -> httpx.Client:
    """Return a client for targets; raises TlsError for settings that cannot be used."""
    mounts = {origin: _Transport(asked) for origin, asked in _settings(targets, None)}
    return httpx.Client(timeout=timeout_s, trust_env=False, mounts=mounts)


def async_client_of(
    targets: ProbeTargets, timeout_s: float, prometheus: Prometheus | None = None
) -> httpx.AsyncClient:
    """Return a client for targets and a Prometheus server; raises TlsError.

    Others are asked with the system's authorities.
    """
    mounts = {origin: _AsyncTransport(asked) for origin, asked in _settings(targets, prometheus)}
    limits = httpx.Limits(max_connections=_MAX_CONNECTIONS)
    return httpx.AsyncClient(timeout=timeout_s, trust_env=False, limits=limits, mounts=mounts)


def _settings(targets: ProbeTargets, prometheus: Prometheus | None) -> Iterator[tuple[str, ProbeTargets]]:
    """Yield the origins asked in a way of their own, as httpx matches them; the targets' come last."""
    if prometheus is not None and prometheus.tls is not None:
        tls = TlsSettings(**prometheus.tls.model_dump())
        yield _origin(prometheus.url), ProbeTargets({}, tls=tls)
    if targets.tls is not None or targets.headers:
        yield from ((origin, targets) for origin in {_origin(url) for url in targets.urls.values()})


def _origin(url: str) -> str:
    scheme, host, port = origin_of(url)
    bracketed = f"[{host}]" if ":" in host else host
    is_default = port == {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{bracketed}" if is_default else f"{scheme}://{bracketed}:{port}"


def _address(request: httpx.Request, asked: ProbeTargets) -> None:
    request.headers.update(asked.headers)
    if asked.tls is not None and asked.tls.server_name is not None:
        request.extensions["sni_hostname"] = asked.tls.server_name
