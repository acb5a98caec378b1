"""A person's word on a stage: when it was asked for, who decided what and why, and when nobody did."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import Field

from harness.record.vocabulary import Length, Record, Whole

MAX_BY: Final = 100
MAX_REASON: Final = 500
By = Annotated[str, Field(min_length=1, max_length=MAX_BY)]
Reason = Annotated[str, Field(min_length=1, max_length=MAX_REASON)]


class Decision(StrEnum):
    """How a rollout goes on after a stage, by a person's word."""

    APPROVE = "approve"
    REJECT = "reject"
    EXTEND = "extend"
    HOLD = "hold"


DONE: Final = {
    Decision.APPROVE: "approved",
    Decision.REJECT: "rejected",
    Decision.EXTEND: "extended",
    Decision.HOLD: "held",
}
WHILE_IT_RUNS: Final = {Decision.REJECT, Decision.HOLD}
"""What can be decided before a stage has ended: nobody approves what was not measured."""


class Via(StrEnum):
    """The way a decision came."""

    CLI = "cli"
    PAGE = "page"
    SERVE = "serve"


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovalRequested(Record):
    """The run waits for a person, at most `within_s`.

    `request` counts from 1, `outcome` is the stage's so far, `may_extend` whether it may be measured longer.
    """

    event: Literal["approval_requested"] = "approval_requested"
    stage: str
    request: Whole
    outcome: str
    within_s: Length
    may_extend: bool

    @property
    def ends_s(self) -> float:
        """When the time for an answer ends, in seconds of the run."""
        return self.t_s + self.within_s


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided(Record):
    """A person decided; `request` is the number of the request answered, or of the last one so far."""

    event: Literal["decided"] = "decided"
    stage: str
    request: Whole
    decision: Decision
    by: By
    reason: Reason
    via: Via


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovalExpired(Record):
    """Nobody decided in time."""

    event: Literal["approval_expired"] = "approval_expired"
    stage: str
    request: Whole
    within_s: Length
