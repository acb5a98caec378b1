"""`harness golive`: the go-live declaration, its four criteria checked from the run directory alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.app.judging import judge_directory
from harness.app.verbs.checklist import ChecklistItem, sign
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.judge.words import duration, moment_of
from harness.plan.levels import Level
from harness.plan.loader import parse_plan
from harness.plan.model import Plan
from harness.record.events.event import Event
from harness.record.events.release import DeployFailed, RollbackFailed, RolledBack
from harness.record.events.run import Signed, TargetDown
from harness.record.events.stage import FailedEarly, LevelReached, StageFinished, StageStarted, TriggerFired
from harness.record.evidence_source import EvidenceSource
from harness.record.run_directory import RunDirectory

_SIGN_OFF = "go-live"
_DAY_S = 86_400.0


@dataclass(frozen=True)
class Declaration:
    """The four criteria; `rehearsal` says why the run cannot declare anything, None for a real run."""

    items: Sequence[ChecklistItem]
    rehearsal: str | None

    @property
    def is_met(self) -> bool:
        """Whether every criterion is met; in a rehearsal, as far as one can be."""
        return all(item.met is True for item in self.items)

    @property
    def is_live(self) -> bool:
        """Whether every criterion is met by a run that took its time: nothing goes live by a rehearsal."""
        return self.is_met and self.rehearsal is None


def declare(run: RunDirectory, signers: Sequence[str] = ()) -> Declaration:
    """Record who signs, then check the criteria; raises SignatureError and PlanError."""
    for name in signers:
        sign(run, _SIGN_OFF, name)
    verdict = judge_directory(run)
    items = [_stable(run, verdict), _within_thresholds(verdict), _no_incidents(run), _signed(run)]
    return Declaration(items, _rehearsal(run))


def _rehearsal(run: RunDirectory) -> str | None:
    if run.source is EvidenceSource.PAST_LOG:
        return "a backtest: nothing was released"
    scale = run.time_scale
    return f"a rehearsal: every duration divided by {scale:g}" if scale != 1 else None


def _stable(run: RunDirectory, verdict: Verdict) -> ChecklistItem:
    what = "100% traffic stable for 24 hours"
    last = run.plan.stages[-1]
    if not last.is_alone:
        weight = f"{float(last.weight):.0%}"
        return ChecklistItem(what, False, f"the last stage, {last.name}, has a weight of {weight}")
    outcome = next((stage.outcome for stage in verdict.stages if stage.name == last.name), "did not run")
    if outcome is not Outcome.PASS:
        return ChecklistItem(what, False, f"stage {last.name} {outcome}")
    lasted_s = _lasted_s(run, last.name)
    lasted = f"stage {last.name} passed and lasted {duration(lasted_s)}"
    if run.time_scale == 1:
        return ChecklistItem(what, lasted_s >= _DAY_S, lasted)
    # A rehearsal gives short stages more of the time, so nothing follows from the length it had.
    planned_s = _as_planned(run).stages[-1].duration_s
    return ChecklistItem(what, planned_s >= _DAY_S, f"{lasted}, planned {duration(planned_s)}")


def _as_planned(run: RunDirectory) -> Plan:
    """Return the plan with the lengths that its file gives."""
    return parse_plan(run.read_plan_text(), stages=run.selected, overrides=run.overrides)


def _lasted_s(run: RunDirectory, name: str) -> float:
    """Return how long a stage was under load, by the clock of its events; draining does not count."""
    starts, ends = (
        [event for event in run.events().records if isinstance(event, kind) and event.stage == name]
        for kind in (StageStarted, StageFinished)
    )
    if not starts or not ends or not isinstance(end := ends[0], StageFinished):
        return 0.0
    return max(0.0, min(end.duration_s, end.t_s - starts[0].t_s))


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
    return f"{what} {moment_of(event.t_s)}{f' ({why})' if why else ''}"


def _signed(run: RunDirectory) -> ChecklistItem:
    events = run.events().records
    names = [event.name for event in events if isinstance(event, Signed) and event.what == _SIGN_OFF]
    if names:
        return ChecklistItem("Team sign-off", True, ", ".join(dict.fromkeys(names)))
    return ChecklistItem("Team sign-off", False, "nobody signed; add --sign NAME")
