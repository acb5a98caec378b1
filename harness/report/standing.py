"""Where a run stands that goes on, for everything that looks at it from outside: no word of a verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from harness.judge.outcome import said_of
from harness.record.events.approval_status import ApprovalStatus
from harness.record.events.event import Event
from harness.record.events.release import StateChanged
from harness.record.events.stage import StageExtended, StageJudged
from harness.record.files.run_lock import is_held
from harness.record.run_directory import RunDirectory
from harness.report.wording import cut, wall

UNDER_WAY: Final = "underway"
NOT_YET: Final = "notyet"
_BETWEEN_STAGES: Final = {"preflight", "declared", "held", "rolling back", "rolled back", "rollback failed"}


@dataclass(frozen=True)
class Standing:
    """Where a run stands: in two or three words, in a sentence, and what its stages came to so far."""

    word: str
    sentence: str
    judged: Mapping[str, str]

    def outcome_of(self, stage: str, *, has_begun: bool) -> str:
        """Return what a stage came to, or that it has not come to anything yet."""
        return self.judged.get(stage, UNDER_WAY if has_begun else NOT_YET)


def standing_of(run: RunDirectory) -> Standing | None:
    """Return where a run stands whose process lives; None of one that has ended."""
    if not is_held(run.path):
        return None
    events = run.events().records
    judged = _judged(events)
    if wait := wait_of(run):
        return Standing("waiting for approval", wait, judged)
    state = next((each for each in reversed(events) if isinstance(each, StateChanged)), None)
    is_judged = state is not None and state.state == "judging"
    names = [stage.name for stage in run.plan.stages]
    return Standing("judging" if is_judged else "under way", _sentence(state, names), judged)


def wait_of(run: RunDirectory) -> str | None:
    """Return which stage waits for a person and until when, as a sentence; None while none does."""
    asked = ApprovalStatus.of(run.events().records).waiting
    if asked is None:
        return None
    until = wall(asked.ends_s, run.run["epoch_s"])
    return f"Stage {cut(asked.stage)} {said_of(asked.outcome)} and waits for a person until {until} UTC."


def _sentence(state: StateChanged | None, stages: Sequence[str]) -> str:
    if state is None:
        return "This run still goes on."
    if state.stage is None or state.state in _BETWEEN_STAGES or state.stage not in stages:
        return f"This run still goes on: {state.state}."
    number = stages.index(state.stage) + 1
    return f"This run still goes on: stage {cut(state.stage)}, {number} of {len(stages)}, {state.state}."


def _judged(events: Sequence[Event]) -> Mapping[str, str]:
    """Return what each stage came to; one that was extended since has come to nothing yet."""
    judged: dict[str, str] = {}
    for event in events:
        match event:
            case StageJudged():
                judged[event.stage] = event.outcome
            case StageExtended():
                judged.pop(event.stage, None)
            case _:
                pass
    return judged
