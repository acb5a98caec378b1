"""`harness golive`: the go-live declaration, its four criteria checked from the run directory alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.app.judging import judge_directory
from harness.app.verbs.checklist import ChecklistItem, sign
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.judge.words import duration
from harness.plan.levels import Level
from harness.record.events.event import Event
from harness.record.events.release import DeployFailed, RollbackFailed, RolledBack
from harness.record.events.run import Signed, TargetDown
from harness.record.events.stage import FailedEarly, LevelReached, TriggerFired
from harness.record.run_directory import RunDirectory

_SIGN_OFF = "go-live"
_DAY_S = 86_400.0


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
    what = "No critical incidents"
    incidents = [incident for event in run.events().records if (incident := _incident(event))]
    if not incidents:
        return ChecklistItem(what, True, "none recorded")
    more = f", and {len(incidents) - 1} more" if len(incidents) > 1 else ""
    return ChecklistItem(what, False, f"{incidents[0]}{more}")


def _incident(event: Event) -> str | None:
    """Describe an event that rules out a declaration; None for any other."""
    match event:
        case TriggerFired(trigger=why):
            what = "trigger fired"
        case FailedEarly(criterion=why):
            what = "stage ended early"
        case LevelReached(level=Level.CRITICAL, limit=why):
            what = "critical level reached"
        case RolledBack(reason=why):
            what = "rolled back"
        case RollbackFailed(reason=why):
            what = "rollback failed"
        case DeployFailed(reason=why):
            what = "deployment failed"
        case TargetDown(reason=why):
            what = "target down"
        case _:
            return None
    return f"{what} at {event.t_s:.0f} s{f' ({why})' if why else ''}"


def _signed(run: RunDirectory) -> ChecklistItem:
    events = run.events().records
    names = [event.name for event in events if isinstance(event, Signed) and event.what == _SIGN_OFF]
    if names:
        return ChecklistItem("Team sign-off", True, ", ".join(dict.fromkeys(names)))
    return ChecklistItem("Team sign-off", False, "nobody signed; add --sign NAME")
