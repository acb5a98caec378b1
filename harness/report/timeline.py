"""Events of a run in plain words, and which of them are marked in the plots."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from harness.report.view import Happening
from harness.report.wording import count, duration, percent, rate

MOST = 300

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
    return f"Stage {_of(event, 'stage')} ended after {duration(event.get('duration_s'))}: {numbers}"


def _deploy(what: str) -> Callable[[_Event], str]:
    def said(event: _Event) -> str:
        return " ".join(
            filter(None, (what, _of(event, "stage", ""), _of(event, "error", ""), _of(event, "reason", "")))
        )

    return said


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
    "worker_lost": lambda e: f"A load worker was lost {_of(e, 'worker', '')}".rstrip(),
    "trigger_fired": lambda e: f"Rollback trigger fired in {_of(e, 'stage')}: {_of(e, 'trigger')}",
    "deploy_started": _deploy("Deploy started"),
    "deploy_finished": _deploy("Deploy finished"),
    "deploy_failed": _deploy("Deploy failed"),
    "rolled_back": _deploy("Rolled back"),
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
        "rolled_back",
        "rollback_failed",
        "target_down",
        "worker_lost",
        "interrupted",
    }
)
_BAD = _WENT_WRONG | {"generator_late", "saturated", "task_error"}
_MARKED = _WENT_WRONG | _ACTED


def happenings(events: Iterable[_Event]) -> list[Happening]:
    """Return events in order of time; those drawn into the plots carry a number as their sign."""
    told: list[Happening] = []
    marked = left_out = 0
    last_s = 0.0
    for event in sorted(events, key=lambda event: float(event.get("t_s", 0.0))):
        name = _of(event, "event")
        if name not in _WORDS:  # errors by kind have their own table
            continue
        last_s = float(event.get("t_s", 0.0))
        if len(told) >= MOST:
            left_out += 1
            continue
        marked += name in _MARKED
        told.append(
            Happening(last_s, str(marked) if name in _MARKED else "", _WORDS[name](event), name in _BAD)
        )
    if left_out:
        told.append(Happening(last_s, "", f"{left_out} later events are in events.jsonl", bad=False))
    return told


def marks(told: Sequence[Happening], start_s: float, end_s: float) -> list[tuple[float, str]]:
    """Return the marked happenings within a span of the run as (seconds since its start, sign)."""
    return [
        (event.at_s - start_s, event.sign) for event in told if event.sign and start_s <= event.at_s <= end_s
    ]
