"""The events of a run in order of time, and which of them are marked in the plots."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count as numbers_from

from harness.record.events.approval import ApprovalExpired, ApprovalRequested, Decided
from harness.record.events.event import Event
from harness.record.events.release import (
    DeployFailed,
    DeployFinished,
    DeployStarted,
    RollbackFailed,
    RolledBack,
)
from harness.record.events.run import (
    RunCrashed,
    RunFinished,
    RunHeld,
    RunInterrupted,
    RunStarted,
    TargetDown,
    UsersFailed,
    WorkerLost,
)
from harness.record.events.stage import (
    FailedEarly,
    FailuresAccepted,
    GeneratorLate,
    LoadTestErrors,
    RequestErrors,
    RequestsRedirected,
    ResponseSizes,
    Saturated,
    TaskError,
    TriggerFired,
)
from harness.report.page.event_words import words_of
from harness.report.plots.axes import TimeSpan

MAX_ENTRIES = 300

_ACTED = (DeployStarted, DeployFinished, RunHeld, ApprovalRequested, Decided)
_WENT_WRONG = (
    DeployFailed,
    TriggerFired,
    FailedEarly,
    RolledBack,
    RollbackFailed,
    TargetDown,
    WorkerLost,
    RunInterrupted,
    RunCrashed,
    UsersFailed,
)
_BAD = (*_WENT_WRONG, ApprovalExpired, GeneratorLate, LoadTestErrors, Saturated, TaskError)
_OF_A_WHOLE = (RequestErrors, FailuresAccepted, ResponseSizes, RequestsRedirected)
_MARKED = (*_WENT_WRONG, *_ACTED, ApprovalExpired)


@dataclass(frozen=True)
class TimelineEntry:
    """One event of the run in words; `sign` marks those drawn into the plots."""

    at_s: float
    sign: str
    text: str
    bad: bool = False


def timeline(events: Iterable[Event]) -> list[TimelineEntry]:
    """Return events in order of time; those drawn into the plots carry a number as their sign."""
    # Errors by kind have their own table.
    kept = sorted((e for e in events if not isinstance(e, _OF_A_WHOLE)), key=lambda e: e.t_s)
    signs = numbers_from(1)
    entries = [
        timeline_entry(event, str(next(signs)) if isinstance(event, _MARKED) else "")
        for event in kept[:MAX_ENTRIES]
    ]
    if len(kept) > MAX_ENTRIES:
        entries.append(
            TimelineEntry(entries[-1].at_s, "", f"{len(kept) - MAX_ENTRIES} later events are in events.jsonl")
        )
    return entries


def timeline_entry(event: Event, sign: str = "") -> TimelineEntry:
    """Describe one event."""
    return TimelineEntry(event.t_s, sign, words_of(event), isinstance(event, _BAD))


def incidents(entries: Sequence[TimelineEntry], most: int = 4) -> list[TimelineEntry]:
    """Return what went wrong or was undone, for the first screen: triggers, rollbacks, losses."""
    return [event for event in entries if event.sign and event.bad][:most]


def unfinished(events: Iterable[Event], last_s: float) -> list[TimelineEntry]:
    """Say where the record ends, if it has no end of the run."""
    kinds = {type(event) for event in events}
    if RunStarted not in kinds or RunFinished in kinds:
        return []
    text = "The record ends here without the end of the run: the run was killed or is still going on"
    return [TimelineEntry(last_s, "", text, bad=True)]


def marks(entries: Sequence[TimelineEntry], span: TimeSpan) -> list[tuple[float, str]]:
    """Return the marked entries within a part of the run as (seconds of the run, sign)."""
    return [
        (event.at_s, event.sign)
        for event in entries
        if event.sign and span.start_s <= event.at_s <= span.end_s
    ]
