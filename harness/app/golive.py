"""The go-live declaration: the four criteria of the guide, from a run directory alone."""

from __future__ import annotations

from dataclasses import dataclass

from harness.app.judging import judge_directory
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.judge.words import duration
from harness.record.run_directory import RunDirectory

SIGN_OFF = "go-live"
_DAY_S = 86_400.0
_INCIDENTS = (
    "trigger_fired",
    "failed_early",
    "rolled_back",
    "rollback_failed",
    "target_down",
    "deploy_failed",
)


@dataclass(frozen=True)
class Item:
    """One line of a list that must be complete: met or not, and why."""

    what: str
    met: bool
    reason: str


def declaration_of(run: RunDirectory) -> list[Item]:
    """Return the four criteria, each met or with what is missing."""
    verdict = judge_directory(run)
    return [_stable(run, verdict), _within_thresholds(verdict), _no_incidents(run), _signed(run)]


def rehearsal_of(run: RunDirectory) -> str | None:
    """Say that the run was a rehearsal, if it was one."""
    scale = float(run.run["time_scale"])
    return f"a rehearsal: every duration divided by {scale:g}" if scale != 1 else None


def _stable(run: RunDirectory, verdict: Verdict) -> Item:
    what = "100% traffic stable for 24 hours"
    last = run.plan.stages[-1]
    if not last.is_alone:
        return Item(what, False, f"the last stage, {last.name}, has a weight of {float(last.weight):.0%}")
    outcome = next((stage.outcome for stage in verdict.stages if stage.name == last.name), "did not run")
    if outcome is not Outcome.PASS:
        return Item(what, False, f"stage {last.name} {outcome}")
    # A rehearsal rounds lengths and gives short stages more of the time.
    if last.duration_s < _DAY_S and run.run["time_scale"] == 1:
        return Item(what, False, f"stage {last.name} lasted {duration(last.duration_s)}")
    return Item(what, True, f"stage {last.name} passed")


def _within_thresholds(verdict: Verdict) -> Item:
    return Item("All metrics within thresholds", verdict.outcome is Outcome.PASS, verdict.reason)


def _no_incidents(run: RunDirectory) -> Item:
    incidents = [
        event
        for event in run.events().records
        if event["event"] in _INCIDENTS
        or (event["event"] == "level_reached" and event["level"] == "critical")
    ]
    if not incidents:
        return Item("No critical incidents", True, "none recorded")
    first = incidents[0]
    why = first.get("trigger") or first.get("limit") or first.get("reason")
    what = f"{first['event']} {why}" if why else first["event"]
    more = f", and {len(incidents) - 1} more" if len(incidents) > 1 else ""
    return Item("No critical incidents", False, f"{what} at {first['t_s']:.0f} s{more}")


def _signed(run: RunDirectory) -> Item:
    names = [
        str(event["name"])
        for event in run.events().records
        if event["event"] == "signed" and event["what"] == SIGN_OFF
    ]
    if names:
        return Item("Team sign-off", True, ", ".join(dict.fromkeys(names)))
    return Item("Team sign-off", False, "nobody signed; add --sign NAME")
