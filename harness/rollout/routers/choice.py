"""The one place that knows which module drives which router of a plan."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import assert_never

from harness.plan.router import Envoy, Haproxy, Nginx, Router, RouterCommand
from harness.plan.variant import Variant
from harness.rollout.routers import envoy, haproxy
from harness.rollout.routers.command import CommandRouter
from harness.rollout.routers.envoy import EnvoyRouter
from harness.rollout.routers.haproxy import HaproxyRouter
from harness.rollout.routers.nginx import NginxRouter
from harness.rollout.routers.program import Program
from harness.rollout.routers.router import RouterError, Servers, SplitRouter


def router_of(router: Router, variants: Collection[Variant]) -> SplitRouter:
    """Return what sets the shares of these variants in a plan's router."""
    match router:
        case Envoy():
            return EnvoyRouter(router, variants)
        case Haproxy():
            return HaproxyRouter(router, variants)
        case Nginx():
            return NginxRouter(router)
        case RouterCommand():
            return CommandRouter(router)
        case _:
            assert_never(router)


def program_of(router: Router) -> Program | None:
    """Return the program that a run starts for such a router; None where it cannot start one."""
    match router:
        case Envoy():
            return envoy.PROGRAM
        case Haproxy():
            return haproxy.PROGRAM
        case Nginx() | RouterCommand():
            return None
        case _:
            assert_never(router)


def launch(router: Router, servers: Servers, port: int, directory: Path) -> list[str]:
    """Configure a router for a run, in a directory; return the command that starts it. Raises RouterError."""
    match router:
        case Envoy():
            return envoy.launch(router, servers, port, directory)
        case Haproxy():
            return haproxy.launch(router, servers, port, directory)
        case Nginx() | RouterCommand():
            raise RouterError(f"a router of the kind `{router.kind}` cannot be started by a run")
        case _:
            assert_never(router)
