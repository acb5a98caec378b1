"""What a plan needs of this machine and does not find here: libraries, programs and files."""

from __future__ import annotations

from collections.abc import Iterator

from harness.client.tls import TlsError, TlsSettings
from harness.notify.installed import INSTALL, is_installed
from harness.plan.model import Plan
from harness.plan.router import Envoy, Haproxy
from harness.plan.yaml.problem import KeyPath
from harness.rollout.routers.installed import envoy_program, haproxy_program
from harness.rollout.routers.router import RouterError


def missing_parts(plan: Plan) -> Iterator[tuple[KeyPath, str]]:
    """Yield each with the place in the plan that needs it."""
    if plan.notify and not is_installed():
        yield ("notify",), INSTALL
    try:
        match plan.router:
            case Envoy(start=True):
                envoy_program()
            case Haproxy(start=True):
                haproxy_program()
            case _:
                pass
    except RouterError as error:
        yield ("router",), str(error)
    try:
        if plan.tls is not None:
            TlsSettings(**plan.tls.model_dump()).context()
    except TlsError as error:
        yield ("tls",), str(error)
