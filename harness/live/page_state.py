"""The state that the live page shows, as a JSON object: every text is worded and bounded in length."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.judge.finding import Finding
from harness.judge.outcome import said_of
from harness.judge.triggers.fired import TriggerProgress
from harness.judge.verdict import Verdict
from harness.live.criteria import CriterionStatus
from harness.live.snapshot import Error, LiveSnapshot
from harness.live.stage_now import stage_now
from harness.plan.model import Stage
from harness.record.events.approval import ApprovalRequested
from harness.record.events.event import Event
from harness.report import wording
from harness.report.headline import headline_of
from harness.report.page.timeline import timeline_entry

_MAX_EVENTS = 40
_MAX_ERRORS = 10
_MAX_TEXT = 300

Json = dict[str, Any]


def page_state(snapshot: LiveSnapshot) -> Iterator[tuple[str, Any]]:
    """Yield the state of the page member by member, so that the caller can pause in between.

    Names end in the unit: `_us`, `_s`, `_per_s`. Shares are 0 … 1.
    """
    yield "service", wording.cut(snapshot.plan.service)
    yield "plan", wording.cut(snapshot.plan_name)
    yield "report", wording.cut(str(snapshot.path / "report.html"), _MAX_TEXT)
    yield "state", snapshot.state
    yield "stages", [_strip(snapshot, number, stage) for number, stage in enumerate(snapshot.plan.stages)]
    figures = None if snapshot.index is None else snapshot.figures
    yield "now", None if figures is None else stage_now(snapshot, figures)
    yield "criteria", [_criterion(status) for status in snapshot.criteria]
    yield "findings", _findings(snapshot)
    yield "triggers", [_trigger(trigger) for trigger in snapshot.triggers]
    yield "events", [_event(event) for event in reversed(snapshot.events[-_MAX_EVENTS:])]
    yield "errors", _errors(snapshot.errors)
    yield "waiting", _waiting(snapshot.waiting, snapshot.epoch_s)
    yield "verdict", _verdict(snapshot.verdict)


def _strip(snapshot: LiveSnapshot, number: int, stage: Stage) -> Json:
    is_here = number == snapshot.index
    judged = snapshot.outcomes.get(stage.name)
    done = min(snapshot.elapsed_s / stage.duration_s, 1.0) if is_here else float(judged is not None)
    return {
        "name": stage.name,
        "weight": float(stage.weight),
        "duration": wording.duration(stage.duration_s),
        "outcome": judged,
        "is_here": is_here,
        "done": round(done, 4),
    }


def _criterion(status: CriterionStatus) -> Json:
    return {
        "criterion": wording.cut(status.criterion),
        "observed": _quantity(status, status.observed),
        "limit": _quantity(status, status.limit),
        "holds": status.holds,
        "can_pass": _can_pass(status.needs_s),
    }


def _trigger(progress: TriggerProgress) -> Json:
    return {
        "trigger": wording.cut(progress.trigger),
        "share": round(progress.share, 4),
        "held": progress.held,
        "needed": progress.needed,
    }


def _can_pass(needs_s: float) -> str:
    if not math.isfinite(needs_s):
        return "not in this stage"
    return f"in {wording.duration(math.ceil(needs_s))}" if needs_s > 0 else "now"


def _findings(snapshot: LiveSnapshot) -> Json | None:
    """Return the latest findings of the stage shown; `at` is None when they are those of its verdict."""
    figures = snapshot.figures
    if figures is None:
        return None
    for judged in snapshot.verdict.stages if snapshot.verdict else ():
        if judged.name == figures.stage.name:
            return _judged(None, judged.findings)
    so_far = figures.findings
    return None if so_far is None else _judged(wording.clock(so_far.t_s), so_far.findings)


def _judged(at: str | None, findings: Iterable[Finding]) -> Json:
    return {"at": at, "findings": [_finding(finding) for finding in findings]}


def _finding(finding: Finding) -> Json:
    return {
        "criterion": wording.cut(finding.title, _MAX_TEXT),
        "outcome": str(finding.outcome),
        "reason": wording.cut(finding.reason, _MAX_TEXT),
    }


def _quantity(status: CriterionStatus, value: float | None) -> str:
    return wording.NOTHING if status.measure is None else wording.of_measure(status.measure, value)


def _errors(errors: Mapping[Error, int]) -> list[Json]:
    """Return the most frequent errors."""
    most = sorted(errors.items(), key=lambda item: -item[1])[:_MAX_ERRORS]
    return [{"what": [wording.cut(part, _MAX_TEXT) for part in what], "count": n} for what, n in most]


def _event(event: Event) -> Json:
    told = timeline_entry(event)
    return {"at": wording.clock(told.at_s), "text": wording.cut(told.text, _MAX_TEXT), "bad": told.bad}


def _waiting(asked: ApprovalRequested | None, epoch_s: float) -> Json | None:
    if asked is None:
        return None
    return {
        "stage": asked.stage,
        "outcome": asked.outcome,
        "said": said_of(asked.outcome),
        "request": asked.request,
        "ends_epoch_s": round(epoch_s + asked.ends_s, 3),
        "may_extend": asked.may_extend,
    }


def _verdict(verdict: Verdict | None) -> Json | None:
    if verdict is None:
        return None
    return {
        "outcome": str(verdict.outcome),
        "words": headline_of(verdict),
        "reason": wording.cut(verdict.reason, _MAX_TEXT),
    }
