"""The course of a run by its own events: what ended it early, and where that contradicts what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from harness.judge.approvals import word_of_people
from harness.judge.outcome import Outcome
from harness.judge.verdict import Rollback, StageVerdict
from harness.judge.words import duration
from harness.record.events.event import Event
from harness.record.events.release import DeployFailed, RollbackFailed, RolledBack
from harness.record.events.run import (
    RunCrashed,
    RunFinished,
    RunHeld,
    RunInterrupted,
    TargetDown,
    UsersFailed,
    WorkerLost,
)
from harness.record.events.stage import StageExtended, StageJudged
from harness.record.evidence import Evidence

OneEvent = TypeVar("OneEvent", bound=Event)
_MAX_SHOWN = 60


def ended_early(evidence: Evidence) -> str | None:
    """Say what ended a run before its plan was carried out; None for a run that ended by itself.

    Nothing is concluded from a part of a plan, whatever it measured.
    """
    for event in evidence.events:
        if ended := _end_by(event):
            return ended
    if not any(isinstance(event, RunFinished) for event in evidence.events):
        return "The run has no recorded end: it was killed, or it still goes on."
    return None


def _end_by(event: Event) -> str | None:
    match event:
        case RunInterrupted(signal=cause) | RunCrashed(reason=cause):
            return f"The run was ended early, {_when(event)}, by {cause}."
        case TargetDown(variant=variant, reason=reason):
            who = "a target" if variant == "target" else f"the {variant}"
            return f"The run could not start: {who} does not answer ({reason})."
        case UsersFailed(reason=reason):
            return f"The run could not start: its users did not get ready: {reason}."
        case DeployFailed(reason=reason):
            return f"The deployment of stage {event.stage} failed: {reason}."
        case WorkerLost(reason=reason):
            return f"The run was ended early, {_when(event)}: {reason or 'a worker was lost'}."
        case _:
            return None


def rollback_of(events: Iterable[Event]) -> Rollback | None:
    """Return whether the traffic was given back to the baseline; None where nobody tried."""
    kinds = {type(event) for event in events}
    if RollbackFailed in kinds:
        return Rollback.FAILED
    return Rollback.DONE if RolledBack in kinds else None


def _when(event: Event) -> str:
    into = f" in stage {event.stage}" if event.stage else ""
    return f"{duration(round(max(event.t_s, 0.0), 1))} after its start{into}"


RunCheck = Callable[[Evidence, Sequence[StageVerdict]], Iterator[str]]
"""Yields a sentence for each contradiction between records of a run, or with what its stages come to."""


def contradictions(evidence: Evidence, stages: Sequence[StageVerdict]) -> Iterator[str]:
    """Find where the records of a run contradict each other or the outcomes of its stages."""
    for check in RUN_CHECKS:
        yield from check(evidence, stages)


def _plan_as_given(evidence: Evidence, _: Sequence[StageVerdict]) -> Iterator[str]:
    ran = evidence.ran or evidence.plan
    if evidence.given is not None and (place := _difference(evidence.given.to_document(), ran.to_document())):
        yield f"plan.yaml and run.json state different plans, from `{place}` on"


def _outcomes_as_recorded(evidence: Evidence, stages: Sequence[StageVerdict]) -> Iterator[str]:
    """Compare each stage with what the run recorded: one that did not pass then does not pass later."""
    if evidence.ran is not None:
        return
    found = {stage.name: stage.outcome for stage in stages}
    for name, recorded in _recorded_outcomes(evidence.events):
        outcome = found.get(name, Outcome.INVALID)
        if _is_worse(recorded, outcome):
            yield f"the run recorded {recorded!r} for stage {name}, whose evidence is a {outcome}"


def _recorded_outcomes(events: Iterable[Event]) -> Sequence[tuple[str, str]]:
    """Return what the run found of each stage; not what it found before it extended the stage."""
    found: list[tuple[str, str]] = []
    for event in events:
        match event:
            case StageJudged():
                found.append((event.stage, event.outcome))
            case StageExtended():
                found = [each for each in found if each[0] != event.stage]
    return found


def _end_as_recorded(evidence: Evidence, stages: Sequence[StageVerdict]) -> Iterator[str]:
    """Compare a pass with the end of the run, which may have taken its release back or held it.

    What people decided is a reason for that end.
    """
    if evidence.ran is not None or word_of_people(evidence):
        return
    if any(stage.outcome is not Outcome.PASS for stage in stages):
        return
    for event in _events(evidence, RunFinished):
        if _is_worse(event.outcome, Outcome.PASS):
            yield f"the run ended with {event.outcome!r}, and the evidence of every stage is a pass"
    for kind, what in _TAKEN_BACK.items():
        if _events(evidence, kind):
            yield f"the release was {what}, and the evidence of every stage is a pass"


def _is_worse(recorded: str, outcome: Outcome) -> bool:
    """Whether a recorded outcome is worse, or no outcome at all."""
    return recorded not in set(Outcome) or Outcome(recorded).rank > outcome.rank


def _events(evidence: Evidence, kind: type[OneEvent]) -> Sequence[OneEvent]:
    return [event for event in evidence.events if isinstance(event, kind)]


def _difference(one: object, other: object, place: str = "") -> str | None:
    """Return where two documents differ first."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        pairs = {str(key): (one.get(key), other.get(key)) for key in {**one, **other}}
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = {str(index): pair for index, pair in enumerate(zip(one, other, strict=True))}
    else:
        return None if one == other else place[:_MAX_SHOWN] or "the top"
    inner = (_difference(*pair, f"{place}.{key}" if place else key) for key, pair in pairs.items())
    return next((found for found in inner if found), None)


_TAKEN_BACK: Final[Mapping[type[Event], str]] = {
    RolledBack: "rolled back",
    RollbackFailed: "to be rolled back",
    RunHeld: "held",
}
RUN_CHECKS: Final[tuple[RunCheck, ...]] = (_plan_as_given, _outcomes_as_recorded, _end_as_recorded)
