"""From the router a plan names to one that can be told a weight."""

from __future__ import annotations

from harness.plan.model import Command, Router
from harness.plan.router import Envoy, Haproxy, Nginx
from harness.rollout.routers.command import CommandRouter
from harness.rollout.routers.envoy import EnvoyRouter
from harness.rollout.routers.haproxy import HaproxyRouter
from harness.rollout.routers.nginx import NginxRouter
from harness.rollout.routers.router import SplitRouter


def router_of(router: Router) -> SplitRouter:
    """Return the plan's router."""
    match router.chosen:
        case Envoy() as envoy:
            return EnvoyRouter(envoy)
        case Haproxy() as haproxy:
            return HaproxyRouter(haproxy)
        case Nginx() as nginx:
            return NginxRouter(nginx)
        case Command() as command:
            return CommandRouter(command)
