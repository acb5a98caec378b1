"""Requests of release controllers and the replies to them: pure, without sockets.

Flagger continues on a status of 200 to 202 and counts any other as a failed check. Argo Rollouts reads the
JSON of a 2xx response and repeats the measurement on any other. So 200 is sent only when a run has ended.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
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
_AGAIN = "This says nothing of the release; the next request measures it again."


@dataclass(frozen=True)
class Reply:
    """A status and the JSON that goes with it."""

    status: HTTPStatus
    body: Mapping[str, Any]


class BadRequest(Exception):
    """A malformed request; the text says what to send."""


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
        raise BadRequest("the body is not JSON; send the payload of a Flagger webhook") from None
    if not isinstance(payload, dict):
        raise BadRequest("the body is not a JSON object; send the payload of a Flagger webhook")
    metadata = payload.get("metadata") or {}
    parts = [payload.get(key, "") for key in ("namespace", "name", "checksum", "phase")]
    token = metadata.get("token", "") if isinstance(metadata, dict) else None
    if not all(isinstance(part, str) for part in [*parts, token]):
        raise BadRequest("name, namespace, checksum, phase and metadata.token must be strings")
    namespace, name, checksum, phase = parts
    if not name or not namespace:
        raise BadRequest("the payload must name a canary: name and namespace are required")
    return Webhook(checked_release(f"{namespace}/{name}/{checksum}"), phase, bool(checksum), str(token))


def checked_release(release: str) -> str:
    """Return the text that identifies a release; raises BadRequest when it is missing or malformed."""
    if not _RELEASE.fullmatch(release):
        raise BadRequest("`release` must be 1 to 200 visible ASCII characters, different for each release")
    return release


Wait = Callable[[], str | None]
"""Says what the run under way asks of a person, and until when; None while it does not wait."""


def flagger(registry: RunRegistry, offer: Offer, webhook: Webhook, wait: Wait = lambda: None) -> Reply:
    """Reply to a hook that lets a release continue; the first request starts the run."""
    if webhook.phase in _OVER:
        registry.forget(offer, webhook.release)
        return Reply(HTTPStatus.OK, {"data": {"reason": "The release is over; its verdict was discarded."}})
    status = registry.ask(offer, webhook.release)
    if status.result is None:
        return _unfinished(status, wait)
    if status.result.code is not ExitCode.PASS:
        return Reply(HTTPStatus.FORBIDDEN, _ended(status.result, again=status.is_measured_again))
    if not webhook.has_checksum:
        # Nothing distinguishes this release from the next one, which must not pass by this result.
        registry.forget(offer, webhook.release)
    return Reply(HTTPStatus.OK, _ended(status.result))


def flagger_rollback(registry: RunRegistry, offer: Offer, webhook: Webhook) -> Reply:
    """Reply to a rollback hook: 200, roll back, only when the release has failed; never starts a run."""
    result = registry.known(offer, webhook.release)
    if result is None:
        return Reply(HTTPStatus.FORBIDDEN, {"data": {"reason": "This release has no verdict."}})
    return Reply(HTTPStatus.OK if result.code in _FAILED else HTTPStatus.FORBIDDEN, _ended(result))


def argo(registry: RunRegistry, offer: Offer, release: str, wait: Wait = lambda: None) -> Reply:
    """Reply to a web metric; the first request starts the run."""
    status = registry.ask(offer, checked_release(release))
    if status.result is None:
        return _unfinished(status, wait)
    return Reply(HTTPStatus.OK, _ended(status.result, again=status.is_measured_again))


def forget(registry: RunRegistry, offer: Offer, release: str) -> Reply:
    """Reply to a person who wants a release measured again: its next request starts a run."""
    if registry.forget(offer, checked_release(release)):
        return Reply(HTTPStatus.OK, {"data": {"reason": "The verdict was discarded; ask again to measure."}})
    return Reply(HTTPStatus.NOT_FOUND, {"data": {"reason": "This release has no verdict."}})


def _unfinished(status: RunStatus, wait: Wait) -> Reply:
    if status.busy_with:
        other = f"Another run ({status.busy_with}) is in progress; try again later."
        return Reply(HTTPStatus.CONFLICT, _data(None, "queued", other))
    if (reason := wait()) is not None:
        return Reply(HTTPStatus.CONFLICT, _data(None, "waiting for approval", reason))
    return Reply(HTTPStatus.CONFLICT, _data(None, "running", "The run is in progress; try again later."))


def _ended(result: RunResult, *, again: bool = False) -> Mapping[str, Any]:
    reason = cut(result.verdict.reason, _MAX_REASON_LENGTH)
    return _data(result, _outcome(result), f"{reason} {_AGAIN}" if again else reason)


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
            "rollback": result.verdict.rollback if result else None,
            "run": result.run.path.name if result and result.run else None,
        }
    }
