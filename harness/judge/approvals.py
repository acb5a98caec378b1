"""What people decided about a run: it can make an outcome worse, and none better than its evidence is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from harness.judge.outcome import Outcome
from harness.judge.words import duration, moment_of
from harness.record.events.approval import ApprovalExpired, Decided, Decision
from harness.record.events.event import Event
from harness.record.events.stage import StageStarted
from harness.record.evidence import Evidence

_ENDS: Final = (".", "!", "?")


class PersonsWord(NamedTuple):
    """What a run comes to at best, because a person rejected it or nobody approved, and why."""

    outcome: Outcome
    reason: str


def word_of_people(evidence: Evidence) -> PersonsWord | None:
    """Return what people made of a run; None where every stage that needed an approval has it."""
    return next(_rejected(evidence), None) or next(_unapproved(evidence), None)


def _rejected(evidence: Evidence) -> Iterator[PersonsWord]:
    for event in evidence.events:
        if isinstance(event, Decided) and event.decision is Decision.REJECT:
            said = event.reason if event.reason.endswith(_ENDS) else f"{event.reason}."
            yield PersonsWord(
                Outcome.FAIL, f"{event.by} rejected stage {event.stage}, {moment_of(event.t_s)}: {said}"
            )


def _unapproved(evidence: Evidence) -> Iterator[PersonsWord]:
    """Find the stages that began, needed a person's word, and did not get it."""
    events = evidence.events
    began = {event.stage for event in events if isinstance(event, StageStarted)}
    for stage in (evidence.ran or evidence.plan).stages:
        decided = _decisions(events, stage.name)
        is_needed = stage.approval == "required" or Decision.HOLD in decided
        if stage.name in began and is_needed and Decision.APPROVE not in decided:
            yield PersonsWord(Outcome.INCONCLUSIVE, _missing(events, stage.name))


def _decisions(events: tuple[Event, ...], stage: str) -> set[Decision]:
    return {event.decision for event in events if isinstance(event, Decided) and event.stage == stage}


def _missing(events: tuple[Event, ...], stage: str) -> str:
    waited = [event for event in events if isinstance(event, ApprovalExpired) and event.stage == stage]
    if waited:
        within = duration(waited[0].within_s)
        return f"Nobody decided on stage {stage} within {within}: its time ended {moment_of(waited[0].t_s)}."
    return f"Nobody approved stage {stage}, which needs a person's word."
