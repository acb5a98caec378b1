"""What release controllers ask and what they are told: pure, no sockets.

Flagger goes on at 200 to 202 and takes anything else as a failed check. Argo Rollouts reads the JSON of a 2xx
answer and takes anything else as a measurement that has to be repeated. So 200 is only for an end.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from harness.ci.run_result import RunResult
from harness.report.wording import cut
from harness.rollout.exit_code import ExitCode
from harness.serve.offer import Offer
from harness.serve.registry import RunRegistry, RunStatus

_RELEASE = re.compile(r"[\x21-\x7e]{1,200}")
_OVER = {"Succeeded", "Failed"}
_FAILED = {ExitCode.FAIL, ExitCode.ROLLED_BACK}
_MAX_REASON_LENGTH = 500


@dataclass(frozen=True)
class Reply:
    """A status and the JSON that goes with it."""

    status: HTTPStatus
    body: Mapping[str, Any]


class BadRequest(Exception):
    """A request that cannot be understood; the text says what to send."""


@dataclass(frozen=True)
class Webhook:
    """What Flagger sends: which release of which canary, and in which phase it is."""

    release: str
    phase: str
    has_checksum: bool
    token: str


def read_webhook(body: bytes) -> Webhook:
    """Read the body of a Flagger webhook; raises BadRequest."""
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("the body is no JSON; Flagger's webhook payload is expected") from None
    if not isinstance(payload, dict):
        raise BadRequest("the body is no JSON object; Flagger's webhook payload is expected")
    metadata = payload.get("metadata") or {}
    parts = [payload.get(key, "") for key in ("namespace", "name", "checksum", "phase")]
    token = metadata.get("token", "") if isinstance(metadata, dict) else None
    if not all(isinstance(part, str) for part in [*parts, token]):
        raise BadRequest("name, namespace, checksum, phase and metadata.token have to be text")
    namespace, name, checksum, phase = parts
    if not name or not namespace:
        raise BadRequest("the payload names no canary: name and namespace are needed")
    return Webhook(checked_release(f"{namespace}/{name}/{checksum}"), phase, bool(checksum), str(token))


def checked_release(release: str) -> str:
    """Return what tells one release from another; raises BadRequest when it is missing or odd."""
    if not _RELEASE.fullmatch(release):
        raise BadRequest("`release` has to be 1 to 200 visible ASCII characters, another for each release")
    return release


def flagger(registry: RunRegistry, offer: Offer, webhook: Webhook) -> Reply:
    """Reply a hook that lets a release go on; the first one starts the run."""
    if webhook.phase in _OVER:
        registry.forget(offer, webhook.release)
        return Reply(HTTPStatus.OK, {"data": {"reason": "The release is over; its verdict is forgotten."}})
    status = registry.ask(offer, webhook.release)
    if status.result is None:
        return _unfinished(status)
    if status.result.code is not ExitCode.PASS:
        return Reply(HTTPStatus.FORBIDDEN, _ended(status.result))
    if not webhook.has_checksum:
        # Nothing tells this release from the next one, which must not live on this pass.
        registry.forget(offer, webhook.release)
    return Reply(HTTPStatus.OK, _ended(status.result))


def flagger_rollback(registry: RunRegistry, offer: Offer, webhook: Webhook) -> Reply:
    """Reply a rollback hook, where 200 means roll back: only when the release has failed; starts nothing."""
    result = registry.known(offer, webhook.release)
    if result is None:
        return Reply(HTTPStatus.FORBIDDEN, {"data": {"reason": "There is no verdict on this release."}})
    return Reply(HTTPStatus.OK if result.code in _FAILED else HTTPStatus.FORBIDDEN, _ended(result))


def argo(registry: RunRegistry, offer: Offer, release: str) -> Reply:
    """Reply a web metric; the first one starts the run."""
    status = registry.ask(offer, checked_release(release))
    if status.result is None:
        return _unfinished(status)
    return Reply(HTTPStatus.OK, _ended(status.result))


def _unfinished(status: RunStatus) -> Reply:
    waits = f"Another run ({status.busy_with}) goes on; ask again." if status.busy_with else ""
    return Reply(
        HTTPStatus.CONFLICT,
        _data(None, "queued" if waits else "running", waits or "The run goes on; ask again."),
    )


def _ended(result: RunResult) -> Mapping[str, Any]:
    return _data(result, _outcome(result), cut(result.verdict.reason, _MAX_REASON_LENGTH))


def _outcome(result: RunResult) -> str:
    return result.code.name.lower().replace("_", " ")


def _data(result: RunResult | None, outcome: str, reason: str) -> Mapping[str, Any]:
    return {
        "data": {
            "outcome": outcome,
            "passed": result is not None and result.code is ExitCode.PASS,
            "failed": result is not None and result.code in _FAILED,
            "running": result is None,
            "reason": reason,
            "run": result.run.path.name if result and result.run else None,
        }
    }
