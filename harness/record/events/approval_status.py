"""Whether a run waits for a person, as its events tell, and which decisions it can take up now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from harness.record.events.approval import (
    MAX_BY,
    MAX_REASON,
    WHILE_IT_RUNS,
    ApprovalRequested,
    Decided,
    Decision,
    Via,
)
from harness.record.events.event import Event
from harness.record.events.release import StateChanged
from harness.record.events.run import RunFinished


class DecisionError(Exception):
    """A decision that the run cannot take up; the text says why."""


class ApprovalStatus:
    """Where the approvals of a run stand; `hear` is called with its events, in order.

    `waiting` is the request that is open, as of when its time last began: a person who holds begins it anew.
    """

    def __init__(self) -> None:
        self.waiting: ApprovalRequested | None = None
        self._stage: str | None = None
        self._requests = 0
        self._state = "preflight"
        self._is_over = False

    def hear(self, event: Event) -> None:
        """Take note of an event."""
        match event:
            case StateChanged():
                self._stage, self._state, self.waiting = event.stage, event.state, None
            case ApprovalRequested():
                self.waiting, self._requests = event, event.request
            case Decided(decision=Decision.HOLD) if self.waiting is not None:
                self.waiting = replace(self.waiting, t_s=event.t_s)
            case RunFinished():
                self._is_over, self.waiting = True, None

    @classmethod
    def of(cls, events: Iterable[Event]) -> ApprovalStatus:
        """Return the status after these events."""
        status = cls()
        for event in events:
            status.hear(event)
        return status

    def decided(self, t_s: float, decision: Decision, by: str, reason: str, via: Via) -> Decided:
        """Return a decision on the present stage, made at `t_s` of the run; raises DecisionError."""
        by, reason = _checked("name", by, MAX_BY), _checked("reason", reason, MAX_REASON)
        if self._is_over or self._stage is None:
            raise DecisionError(f"the run {'has ended' if self._is_over else 'has not begun a stage'}")
        if self.waiting is None and decision not in WHILE_IT_RUNS:
            raise DecisionError(f"stage {self._stage} does not wait for a person; it is {self._state}")
        if decision is Decision.EXTEND and self.waiting is not None and not self.waiting.may_extend:
            raise DecisionError(f"stage {self._stage} cannot be extended any more")
        return Decided(
            t_s=t_s,
            stage=self._stage,
            request=self._requests,
            decision=decision,
            by=by,
            reason=reason,
            via=via,
        )


def _checked(what: str, text: str, longest: int) -> str:
    text = text.strip()
    if not text or len(text) > longest or not text.isprintable():
        raise DecisionError(f"a decision needs a {what} of 1 to {longest} printable characters")
    return text
