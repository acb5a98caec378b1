"""A person decides about a run of this machine that goes on in another process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from harness.record.events.approval import DONE, Decided, Decision, Via
from harness.record.events.approval_status import ApprovalStatus
from harness.record.events.event import EVENTS
from harness.record.follow import growing_journal
from harness.record.run_directory import RunDirectory

_TAKEN_UP_WITHIN_S: Final = 10.0
_LOOK_EVERY_S: Final = 0.1


class NotTakenUp(Exception):
    """The run did not take up a decision; the text says what may be the reason."""


def decide(
    run: RunDirectory,
    decision: Decision,
    by: str,
    reason: str,
    via: Via,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Any] = time.sleep,
) -> str:
    """Hand a decision to a run, and return a sentence once the run has taken it up.

    Raises DecisionError for what the run cannot take up now, and NotTakenUp when it does not answer.
    """
    events = growing_journal(run.path / "events.jsonl", EVENTS)
    status = ApprovalStatus.of(events.new())
    wanted = status.decided(round(clock() - run.run["epoch_s"], 3), decision, by, reason, via)
    run.append_decision(wanted)
    ends_s = clock() + _TAKEN_UP_WITHIN_S
    while clock() < ends_s:
        if any(isinstance(event, Decided) and _is_same(event, wanted) for event in events.new()):
            return f"stage {wanted.stage} is {DONE[decision]}"
        sleep(_LOOK_EVERY_S)
    raise NotTakenUp(
        f"the run in {run.path} did not take up the decision within {_TAKEN_UP_WITHIN_S:g} s: "
        "it has gone on or ended, was killed, or runs on another machine"
    )


def _is_same(one: Decided, other: Decided) -> bool:
    """Whether both are one decision, whenever it was made."""
    names = ("stage", "request", "decision", "by", "reason")
    return all(getattr(one, name) == getattr(other, name) for name in names)
