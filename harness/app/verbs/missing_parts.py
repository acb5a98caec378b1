"""What a plan needs of this machine and does not find here: libraries, programs and files."""

from __future__ import annotations

from collections.abc import Iterator

from harness.client.tls import TlsError, TlsSettings
from harness.notify.installed import INSTALL, is_installed, knows
from harness.plan.model import Plan
from harness.plan.router import Router, is_started
from harness.plan.yaml.problem import KeyPath
from harness.rollout.routers.router import RouterError


def missing_parts(plan: Plan) -> Iterator[tuple[KeyPath, str]]:
    """Yield each with the place in the plan that needs it."""
    yield from _unknown_receivers(plan)
    if plan.router is not None and is_started(plan.router):
        try:
            _find_program(plan.router)
        except RouterError as error:
            yield ("router",), str(error)
    try:
        if plan.tls is not None:
            TlsSettings(**plan.tls.model_dump()).context()
    except TlsError as error:
        yield ("tls",), str(error)


def _unknown_receivers(plan: Plan) -> Iterator[tuple[KeyPath, str]]:
    if plan.notify and not is_installed():
        yield ("notify",), INSTALL
        return
    for number, receiver in enumerate(plan.notify):
        if not knows(receiver.to.get_secret_value()):
            yield ("notify", number, "to"), "apprise does not know the service of this address"


def _find_program(router: Router) -> None:
    # It loads an HTTP client, which a plan without a router has no use for.
    from harness.rollout.routers.choice import program_of

    if program := program_of(router):
        program.path()
