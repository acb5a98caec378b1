"""`harness golive`: the go-live declaration, its four criteria checked from the run directory alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.app.judging import judge_directory
from harness.app.verbs.checklist import ChecklistItem, sign
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.judge.words import duration
from harness.record.run_directory import RunDirectory

_SIGN_OFF = "go-live"
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
class Declaration:
    """The four criteria; `rehearsal` says by how much the durations were divided, None for a real run."""

    items: Sequence[ChecklistItem]
    rehearsal: str | None

    @property
    def is_live(self) -> bool:
        """Whether every criterion is met."""
        return all(item.met for item in self.items)


def declare(run: RunDirectory, signers: Sequence[str] = ()) -> Declaration:
    """Record who signs, then check the criteria; raises SignatureError."""
    for name in signers:
        sign(run, _SIGN_OFF, name)
    verdict = judge_directory(run)
    items = [_stable(run, verdict), _within_thresholds(verdict), _no_incidents(run), _signed(run)]
    scale = float(run.run["time_scale"])
    return Declaration(items, f"a rehearsal: every duration divided by {scale:g}" if scale != 1 else None)


def _stable(run: RunDirectory, verdict: Verdict) -> ChecklistItem:
    what = "100% traffic stable for 24 hours"
    last = run.plan.stages[-1]
    if not last.is_alone:
        weight = f"{float(last.weight):.0%}"
        return ChecklistItem(what, False, f"the last stage, {last.name}, has a weight of {weight}")
    outcome = next((stage.outcome for stage in verdict.stages if stage.name == last.name), "did not run")
    if outcome is not Outcome.PASS:
        return ChecklistItem(what, False, f"stage {last.name} {outcome}")
    # A rehearsal rounds lengths and gives short stages more of the time.
    if last.duration_s < _DAY_S and run.run["time_scale"] == 1:
        return ChecklistItem(what, False, f"stage {last.name} lasted {duration(last.duration_s)}")
    return ChecklistItem(what, True, f"stage {last.name} passed")


def _within_thresholds(verdict: Verdict) -> ChecklistItem:
    passed = verdict.outcome is Outcome.PASS
    return ChecklistItem("All metrics within thresholds", passed, verdict.reason)


def _no_incidents(run: RunDirectory) -> ChecklistItem:
    incidents = [
        event
        for event in run.events().records
        if event["event"] in _INCIDENTS
        or (event["event"] == "level_reached" and event["level"] == "critical")
    ]
    if not incidents:
        return ChecklistItem("No critical incidents", True, "none recorded")
    first = incidents[0]
    why = first.get("trigger") or first.get("limit") or first.get("reason")
    what = f"{first['event']} {why}" if why else first["event"]
    more = f", and {len(incidents) - 1} more" if len(incidents) > 1 else ""
    return ChecklistItem("No critical incidents", False, f"{what} at {first['t_s']:.0f} s{more}")


def _signed(run: RunDirectory) -> ChecklistItem:
    names = [
        str(event["name"])
        for event in run.events().records
        if event["event"] == "signed" and event["what"] == _SIGN_OFF
    ]
    if names:
        return ChecklistItem("Team sign-off", True, ", ".join(dict.fromkeys(names)))
    return ChecklistItem("Team sign-off", False, "nobody signed; add --sign NAME")
