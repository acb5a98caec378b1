"""When each stage of a run began, and how long it was under load, for reports that say so in text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from harness.record.events.event import Event
from harness.record.events.stage import StageFinished, StageStarted


@dataclass(frozen=True)
class StageSpan:
    """The start of a stage, and the seconds of load or traffic until its end."""

    started: datetime
    lasted_s: float


def stage_spans(epoch_s: float, events: Iterable[Event]) -> Mapping[str, StageSpan]:
    """Return what the events of a run say of its stages; `epoch_s` is the wall clock at its t = 0.

    A stage without an end lasted until the last event.
    """
    starts: dict[str, float] = {}
    ends: dict[str, float] = {}
    last_s = 0.0
    for event in events:
        last_s = max(last_s, event.t_s)
        match event:
            case StageStarted(stage=str(name)):
                starts.setdefault(name, event.t_s)
            case StageFinished(stage=str(name)):
                # Its draining does not count.
                ends[name] = min(event.t_s, starts.get(name, event.t_s) + event.duration_s)
    return {
        name: StageSpan(_at(epoch_s + start_s), max(ends.get(name, last_s) - start_s, 0.0))
        for name, start_s in starts.items()
    }


def _at(epoch_s: float) -> datetime:
    try:
        return datetime.fromtimestamp(epoch_s, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)
