"""Events of a run in plain words, and which of them are marked in the plots."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count as numbers_from
from typing import Any

from harness.plan.criteria.measure import MeasureError, measure_named
from harness.report.page.view import TimelineEntry
from harness.report.wording import count, duration, of_measure, percent, rate

MAX_ENTRIES = 300

_Event = Mapping[str, Any]


def _of(event: _Event, name: str, otherwise: str = "?") -> str:
    value = event.get(name)
    return otherwise if value is None else str(value)


def _stage_started(event: _Event) -> str:
    load = f"{percent(event.get('weight'))} to the canary at {rate(event.get('arrival_rate_per_s'))}"
    return f"Stage {_of(event, 'stage')} started: {load}"


def _stage_finished(event: _Event) -> str:
    numbers = ", ".join(
        f"{count(event.get(name))} {name}" for name in ("due", "completed", "failed", "dropped", "open")
    )
    return f"Stage {_of(event, 'stage')} ended: {numbers}"


def _deploy(what: str) -> Callable[[_Event], str]:
    def said(event: _Event) -> str:
        return " ".join(
            filter(None, (what, *(_of(event, name, "") for name in ("stage", "error", "reason"))))
        )

    return said


def _rolled_back(event: _Event) -> str:
    took_s, bad_s = (_number(event, name) for name in ("took_s", "after_first_bad_s"))
    took = "" if took_s is None else f" in {duration(took_s)}"
    since = "" if bad_s is None else f", {duration(bad_s)} after the first failed request"
    because = f" ({_of(event, 'reason')})" if event.get("reason") else ""
    return f"Rolled back {_of(event, 'stage', 'the canary')}{took}{since}{because}"


def _number(event: _Event, name: str) -> float | None:
    """Return an optional field of an event."""
    value = event.get(name)
    return float(value) if isinstance(value, int | float) else None


def _level_reached(event: _Event) -> str:
    name, level, limit = (_of(event, field, "") for field in ("measure", "level", "limit"))
    reached = "is ok again" if level == "ok" else f"reached its {level} level"
    return f"{name} {reached}{_reading(name, _number(event, 'value'))}{f' ({limit})' if limit else ''}"


def _reading(name: str, value: float | None) -> str:
    """Return a value with the unit of its measure; nothing for a query, whose unit isn't known."""
    try:
        return "" if value is None else f": {of_measure(measure_named(name), value)}"
    except MeasureError:
        return ""


def _preflight(event: _Event) -> str:
    found = "is fine" if event.get("ok") else "found a problem"
    return f"Preflight check {_of(event, 'check')} {found}: {_of(event, 'reason', '')}".rstrip(": ")


_WORDS: Mapping[str, Callable[[_Event], str]] = {
    "run_started": lambda e: "Run started",
    "target_ready": lambda e: f"Target ready: {_of(e, 'variant', 'all')}",
    "stage_started": _stage_started,
    "weight_set": lambda e: f"Weight set to {percent(e.get('weight'))}",
    "stage_finished": _stage_finished,
    "stage_judged": lambda e: f"Stage {_of(e, 'stage')} judged: {_of(e, 'outcome')}",
    "generator_late": lambda e: f"The load generator was late in {_of(e, 'stage')}",
    "saturated": lambda e: f"All requests allowed in flight were in use in {_of(e, 'stage')}",
    "values_clamped": lambda e: f"{count(e.get('count'))} values beyond an hour were recorded as one hour",
    "task_error": lambda e: f"Task {_of(e, 'task')} raised on {_of(e, 'variant')}: {_of(e, 'error')}",
    "worker_lost": lambda e: f"A load worker was lost: {_of(e, 'reason', '')}".rstrip(": "),
    "trigger_fired": lambda e: f"Rollback trigger fired in {_of(e, 'stage')}: {_of(e, 'trigger')}",
    "failed_early": lambda e: (
        f"Stage {_of(e, 'stage')} could only fail: {_of(e, 'criterion')}. {_of(e, 'reason', '')}".rstrip()
    ),
    "level_reached": _level_reached,
    "state_changed": lambda e: f"State {_of(e, 'state')}: {_of(e, 'reason', '')}".rstrip(": "),
    "stage_extended": lambda e: f"Stage {_of(e, 'stage')} extended to {duration(e.get('duration_s'))}",
    "preflight_checked": _preflight,
    "signed": lambda e: f"Signed {_of(e, 'what')}: {_of(e, 'name')}",
    "deploy_started": _deploy("Deploy started"),
    "deploy_finished": _deploy("Deploy finished"),
    "deploy_failed": _deploy("Deploy failed"),
    "rolled_back": _rolled_back,
    "rollback_failed": _deploy("Rollback failed"),
    "probe_failed": lambda e: f"A probe failed: {_of(e, 'error', _of(e, 'reason', ''))}",
    "target_down": lambda e: f"{_of(e, 'variant').capitalize()} is down: {_of(e, 'reason')}",
    "interrupted": lambda e: f"Interrupted by {_of(e, 'signal')}",
    "held": lambda e: f"Held in {_of(e, 'stage')}: {_of(e, 'reason')}",
    "run_finished": lambda e: f"Run finished: {_of(e, 'outcome')}",
}

_ACTED = frozenset({"deploy_started", "deploy_finished", "held"})
_WENT_WRONG = frozenset(
    {
        "deploy_failed",
        "trigger_fired",
        "failed_early",
        "rolled_back",
        "rollback_failed",
        "target_down",
        "worker_lost",
        "interrupted",
    }
)
_BAD = _WENT_WRONG | {"generator_late", "saturated", "task_error"}
_MARKED = _WENT_WRONG | _ACTED


def timeline(events: Iterable[_Event]) -> list[TimelineEntry]:
    """Return events in order of time; those drawn into the plots carry a number as their sign."""
    # Errors by kind have their own table.
    kept = sorted((e for e in events if _of(e, "event") != "errors"), key=lambda e: float(e.get("t_s", 0.0)))
    signs = numbers_from(1)
    entries = [
        timeline_entry(event, str(next(signs)) if _of(event, "event") in _MARKED else "")
        for event in kept[:MAX_ENTRIES]
    ]
    if len(kept) > MAX_ENTRIES:
        entries.append(
            TimelineEntry(entries[-1].at_s, "", f"{len(kept) - MAX_ENTRIES} later events are in events.jsonl")
        )
    return entries


def timeline_entry(event: _Event, sign: str = "") -> TimelineEntry:
    """Describe one event."""
    name = _of(event, "event")
    # An event of a later version is shown by its name.
    text = _WORDS[name](event) if name in _WORDS else name.replace("_", " ").capitalize()
    return TimelineEntry(float(event.get("t_s", 0.0)), sign, text, name in _BAD)


def incidents(entries: Sequence[TimelineEntry], most: int = 4) -> list[TimelineEntry]:
    """Return what went wrong or was rollback_result, for the first screen: triggers, rollbacks, losses."""
    return [event for event in entries if event.sign and event.bad][:most]


def unfinished(events: Iterable[_Event], last_s: float) -> list[TimelineEntry]:
    """Say where the record ends, if it has no end of the run."""
    names = {_of(event, "event") for event in events}
    if "run_started" not in names or "run_finished" in names:
        return []
    text = "The record ends here without the end of the run: the run was killed or is still going on"
    return [TimelineEntry(last_s, "", text, bad=True)]


def rollback_result(events: Iterable[_Event]) -> str:
    """Return `rolled back`, `rollback failed`, or nothing."""
    names = {_of(event, "event") for event in events}
    if "rollback_failed" in names:
        return "rollback failed"
    return "rolled back" if "rolled_back" in names else ""


def marks(entries: Sequence[TimelineEntry], start_s: float, end_s: float) -> list[tuple[float, str]]:
    """Return the marked entries within a span of the run as (seconds since its start, sign)."""
    return [
        (event.at_s - start_s, event.sign)
        for event in entries
        if event.sign and start_s <= event.at_s <= end_s
    ]
