"""Configurations of the routers a run starts itself: both variants behind one port, weight 0 at first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.plan.router import Envoy, Haproxy

Servers = Mapping[str, tuple[str, int]]
"""Host and port of each variant."""
_MANY = 100_000
_MANAGER = (
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
)
_ENVOY_ROUTING = {
    "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
    "dynamic_stats": False,
    "suppress_envoy_headers": True,
}


def envoy_configuration(settings: Envoy, servers: Servers, port: int) -> dict[str, Any]:
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
        "address": _envoy_address("127.0.0.1", port),
        "filter_chains": [
            {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}
        ],
    }
    admin = urlsplit(settings.admin)
    return {
        "admin": {"address": _envoy_address(admin.hostname or "127.0.0.1", admin.port or 80)},
        "stats_config": {"stats_matcher": {"reject_all": True}},
        "layered_runtime": {"layers": [{"name": "admin", "admin_layer": {}}]},
        "static_resources": {
            "listeners": [listener],
            "clusters": [_envoy_cluster(name, *server) for name, server in servers.items()],
        },
    }


def _envoy_address(host: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": host, "port_value": port}}


def _envoy_cluster(name: str, host: str, port: int) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": _envoy_address(host, port)}}
    limits = {"max_connections": _MANY, "max_pending_requests": _MANY, "max_requests": _MANY}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "2s",
        "circuit_breakers": {"thresholds": [limits]},
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def haproxy_configuration(settings: Haproxy, servers: Servers, port: int) -> str:
    """Return a configuration with the plan's socket, backend and server names."""
    (old_host, old_port), (new_host, new_port) = servers["baseline"], servers["canary"]
    return f"""global
    stats socket {Path(settings.socket).absolute()} mode 600 level admin
    maxconn 4000
    nbthread 1
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    http-reuse always
frontend ingress
    bind 127.0.0.1:{port}
    default_backend {settings.backend}
backend {settings.backend}
    balance roundrobin
    server {settings.baseline} {old_host}:{old_port} weight 1
    server {settings.canary} {new_host}:{new_port} weight 0
"""
