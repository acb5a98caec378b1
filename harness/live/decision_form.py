"""What the live page sends when a person decides."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, Field, ValidationError

from harness.record.events.approval import Decided, Decision, Via
from harness.record.events.approval_status import ApprovalStatus, DecisionError

MAX_BYTES: Final = 16_384
Text = Annotated[str, Field(max_length=5000)]


class _Form(BaseModel, extra="forbid"):
    decision: Decision
    request: int | None
    """The request that the page showed; None while the stage is under load."""
    by: Text
    reason: Text


def read_decision(approvals: ApprovalStatus, body: bytes) -> Decided:
    """Read a decision on what the page showed; raises DecisionError."""
    if len(body) > MAX_BYTES:
        raise DecisionError(f"a decision has at most {MAX_BYTES:,} bytes")
    try:
        form = _Form.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise DecisionError(f"{where}: {first['msg']}") from None
    shown = approvals.waiting.request if approvals.waiting else None
    if form.request != shown:
        raise DecisionError("the run has gone on since the page showed this; look again")
    # The run records the decision at the moment in which it takes it up.
    return approvals.decided(0.0, form.decision, form.by, form.reason, Via.PAGE)
