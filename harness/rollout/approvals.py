"""A person's word on a rollout: asked for at the end of a stage, and heard while the run goes on."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from dataclasses import replace
from typing import Final, NamedTuple

from harness.judge.outcome import Outcome
from harness.plan.model import Stage
from harness.record.events.approval import (
    DONE,
    WHILE_IT_RUNS,
    ApprovalExpired,
    ApprovalRequested,
    Decided,
    Decision,
)
from harness.record.events.event import EVENTS
from harness.record.follow import growing_journal
from harness.rollout.run_context import RunContext

_LOOK_EVERY_S: Final = 0.5
_MAX_NEW_BYTES: Final = 1 << 16
"""Of decisions at once: the file may hold anything, and the load goes on meanwhile."""


class NextStep(NamedTuple):
    """How the rollout goes on after a stage, by the plan or by a person.

    `outcome` is the best that is left for the run.
    """

    decision: Decision
    reason: str
    outcome: Outcome


class Approvals:
    """Takes up decisions from the run directory and from this process, each as an event of its own.

    A decision counts for the stage and the request that it names: one that comes late is left alone.
    """

    def __init__(self, context: RunContext) -> None:
        self._log = context.log
        self._clock = context.clock
        self._file = growing_journal(context.run.decisions_path, EVENTS, _MAX_NEW_BYTES)
        self._new: deque[Decided] = deque(maxlen=100)
        self._looked_s = float("-inf")
        self._requests = 0
        self._asked: ApprovalRequested | None = None
        self._held: set[str] = set()
        self._ends_s = 0.0

    def submit(self, decision: Decided) -> None:
        """Hand in a decision of this process."""
        self._new.append(decision)

    def are_needed(self, stage: Stage, planned: Decision) -> bool:
        """Whether a person decides, where the plan alone would do this after the stage."""
        is_held = stage.name in self._held
        if planned is Decision.APPROVE:
            return is_held or stage.approval == "required"
        return planned is Decision.HOLD and (is_held or stage.approval is not None)

    def request(self, stage: Stage, outcome: Outcome, *, may_extend: bool) -> ApprovalRequested:
        """Ask for a decision on a stage."""
        self._requests += 1
        self._asked = ApprovalRequested(
            t_s=self._log.now_s(),
            stage=stage.name,
            request=self._requests,
            outcome=outcome,
            within_s=stage.approval_timeout_s,
            may_extend=may_extend,
        )
        self._log(self._asked)
        self._ends_s = self._clock() + stage.approval_timeout_s
        return self._asked

    def answer(self, stage: Stage) -> NextStep | None:
        """Return what was decided on the request that is open, None as long as nothing was.

        Without a decision in time the stage is rejected; a person who holds it begins the time anew.
        """
        while (decided := self._next(stage)) is not None:
            if decided.decision is not Decision.HOLD:
                self._asked = None
                outcome = Outcome.FAIL if decided.decision is Decision.REJECT else Outcome.PASS
                return NextStep(decided.decision, said(decided), outcome)
            self._ends_s = self._clock() + stage.approval_timeout_s
        if self._asked is None or self._clock() < self._ends_s:
            return None
        request, within_s, self._asked = self._asked.request, self._asked.within_s, None
        self._log(
            ApprovalExpired(t_s=self._log.now_s(), stage=stage.name, request=request, within_s=within_s)
        )
        why = f"nobody decided on stage {stage.name} in time"
        return NextStep(Decision.REJECT, why, Outcome.INCONCLUSIVE)

    def rejection(self, stage: Stage) -> str | None:
        """Return why a person rejects a stage that has not ended; cheap, so call it often."""
        while (decided := self._next(stage)) is not None:
            if decided.decision is Decision.REJECT:
                return said(decided)
        return None

    def _next(self, stage: Stage) -> Decided | None:
        """Record and return the next new decision that counts now."""
        self._look()
        while self._new:
            decided = replace(self._new.popleft(), t_s=self._log.now_s())
            if self._fits(decided, stage):
                self._log(decided)
                if decided.decision is Decision.HOLD:
                    self._held.add(stage.name)
                return decided
        return None

    def _look(self) -> None:
        now_s = self._clock()
        if now_s - self._looked_s < _LOOK_EVERY_S:
            return
        self._looked_s = now_s
        # Whatever lies there instead of a file of decisions decides nothing.
        with suppress(OSError):
            self._new.extend(event for event in self._file.new() if isinstance(event, Decided))

    def _fits(self, decided: Decided, stage: Stage) -> bool:
        if (decided.stage, decided.request) != (stage.name, self._requests):
            return False
        if self._asked is None:
            return decided.decision in WHILE_IT_RUNS
        return decided.decision is not Decision.EXTEND or self._asked.may_extend


def said(decided: Decided) -> str:
    """Say who decided what, and why."""
    return f"{DONE[decided.decision]} by {decided.by}: {decided.reason}"
