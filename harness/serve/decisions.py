"""A person decides about the run of a release, through the server."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError

from harness.app.verbs.decide import NotTakenUp, decide
from harness.record.events.approval import Decision, Via
from harness.record.events.approval_status import DecisionError
from harness.record.run_directory import RunDirectory, RunError
from harness.report.standing import wait_of
from harness.serve.offer import Offer
from harness.serve.registry import RunRegistry
from harness.serve.reply import BadRequest, Reply, checked_release

DECISIONS: Final = tuple(map(str, Decision))


class _Said(BaseModel, extra="forbid"):
    by: str
    reason: str


def decided(
    registry: RunRegistry,
    running: Callable[[], Path | None],
    offer: Offer,
    release: str,
    decision: Decision,
    body: bytes,
) -> Reply:
    """Hand a decision to the run of a release; `running` returns the directory of the run under way.

    Raises BadRequest for a body that says not who decides, and why.
    """
    try:
        said = _Said.model_validate_json(body)
    except ValidationError:
        raise BadRequest('send {"by": "NAME", "reason": "TEXT"}') from None
    path = running() if registry.is_running(offer, checked_release(release)) else None
    if path is None:
        return _reply(HTTPStatus.NOT_FOUND, "No run of this release is in progress.")
    try:
        done = decide(RunDirectory.open(path), decision, said.by, said.reason, Via.SERVE)
    except (DecisionError, NotTakenUp, RunError) as error:
        return _reply(HTTPStatus.CONFLICT, str(error))
    return _reply(HTTPStatus.OK, done)


def wait_in(path: Path | None) -> str | None:
    """Return what the run in a directory waits for; None while it does not wait, or is not there yet."""
    if path is None:
        return None
    try:
        return wait_of(RunDirectory.open(path))
    except RunError:
        return None


def _reply(status: HTTPStatus, reason: str) -> Reply:
    return Reply(status, {"data": {"reason": reason}})
