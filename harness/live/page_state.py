"""The state that the live page shows, as a JSON object: every text is worded and bounded in length."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.judge.criteria.triggers import TriggerProgress
from harness.judge.finding import Finding
from harness.judge.verdict import Verdict
from harness.judge.windows.lateness import is_busy, is_late
from harness.live.criteria import CriterionStatus
from harness.live.figures import StageFigures
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import Criterion
from harness.plan.criteria.measure import Clock, MeasureKind
from harness.plan.model import Plan, Stage
from harness.plan.variant import Variant
from harness.record.events.approval import ApprovalRequested
from harness.record.events.event import Event
from harness.record.histograms.account import Account
from harness.record.histograms.tag import UNATTRIBUTED
from harness.report import wording
from harness.report.headline import headline_of
from harness.report.page.timeline import timeline_entry

_QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_MAX_EVENTS = 40
_MAX_ERRORS = 10
_MAX_TEXT = 300

Json = dict[str, Any]
Error = tuple[str, ...]
"""Stage, variant, endpoint and kind of a failed request."""


@dataclass(frozen=True)
class Rates:
    """Arrivals due, completed and failed per second since the last state."""

    due_per_s: float = 0.0
    completed_per_s: float = 0.0
    failed_per_s: float = 0.0


@dataclass(frozen=True)
class LiveSnapshot:
    """Everything to show at one moment.

    `index` is the stage that runs or ran last, None before the first; `outcomes` are those of the stages that
    were judged, by name; `cpu` is the generator's share of one core.
    """

    plan: Plan
    plan_name: str
    path: Path
    state: str
    index: int | None
    elapsed_s: float
    accounts: Mapping[str, Account]
    backlog: int
    rates: Rates
    figures: StageFigures | None
    criteria: Sequence[CriterionStatus]
    triggers: Sequence[TriggerProgress]
    outcomes: Mapping[str, str]
    events: Sequence[Event]
    errors: Mapping[Error, int]
    cpu: float | None
    verdict: Verdict | None
    waiting: ApprovalRequested | None
    """What a person is asked, while the run waits for the answer."""


def page_state(snapshot: LiveSnapshot) -> Iterator[tuple[str, Any]]:
    """Yield the state of the page member by member, so that the caller can pause in between.

    Names end in the unit: `_us`, `_s`, `_per_s`. Shares are 0 … 1.
    """
    yield "service", wording.cut(snapshot.plan.service)
    yield "plan", wording.cut(snapshot.plan_name)
    yield "report", wording.cut(str(snapshot.path / "report.html"), _MAX_TEXT)
    yield "state", snapshot.state
    yield "stages", [_strip(snapshot, number, stage) for number, stage in enumerate(snapshot.plan.stages)]
    yield (
        "now",
        None if snapshot.index is None or snapshot.figures is None else _now(snapshot, snapshot.figures),
    )
    yield "criteria", [_criterion(status) for status in snapshot.criteria]
    yield "findings", _findings(snapshot)
    yield "triggers", [_trigger(trigger) for trigger in snapshot.triggers]
    yield "events", [_event(event) for event in reversed(snapshot.events[-_MAX_EVENTS:])]
    yield "errors", _errors(snapshot.errors)
    yield "waiting", _waiting(snapshot.waiting)
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


def _now(snapshot: LiveSnapshot, figures: StageFigures) -> Json:
    stage = figures.stage
    both, limits = snapshot.accounts.values(), snapshot.plan.generator
    return {
        "stage": stage.name,
        "elapsed": wording.stretch(snapshot.elapsed_s),
        "left": wording.stretch(max(figures.duration_s - snapshot.elapsed_s, 0.0)),
        "planned_per_s": figures.planned_per_s(snapshot.elapsed_s),
        "due_per_s": round(snapshot.rates.due_per_s, 1),
        "completed_per_s": round(snapshot.rates.completed_per_s, 1),
        "failed_per_s": round(snapshot.rates.failed_per_s, 1),
        "in_flight": sum(account.open for account in both),
        "backlog": snapshot.backlog,
        "dropped": sum(account.dropped for account in both),
        "cpu": snapshot.cpu,
        "is_busy": is_busy(snapshot.cpu, limits),
        "lateness_us": {name: figures.lateness_us(q) for name, q in _QUANTILES.items()},
        "hub_p99_us": figures.hub_us(0.99),
        "hub_limit_us": limits.lateness_p99_s * 1e6,
        "is_late": figures.hub.total > 0 and is_late(figures.hub, limits),
        "variants": {str(variant): _variant(snapshot, figures, variant) for variant in figures.variants},
        "unattributed": snapshot.accounts[UNATTRIBUTED].ended,
        "limits_us": _limits_us(stage),
        "points": [
            [round(point.start_s, 3), *(point.p95_us[variant] for variant in figures.variants)]
            for point in figures.points
        ],
        "not_judged_s": list(figures.clock.not_judged_s()),
        "is_warming": not figures.measured_s,
    }


def _variant(snapshot: LiveSnapshot, figures: StageFigures, variant: Variant) -> Json:
    account = snapshot.accounts[variant]
    ended = account.completed + account.failed
    times_us = {name: figures.measured[variant].quantile_us(q) for name, q in _QUANTILES.items()}
    return {
        "requests": ended,
        "failed": account.failed,
        "error_rate": account.failed / ended if ended else None,
        **times_us,
        "broken": _broken(figures.stage, times_us) if variant is Variant.CANARY else [],
    }


def _broken(stage: Stage, times_us: Mapping[str, float | None]) -> list[str]:
    """Return the percentiles of the response time that are beyond a limit of the stage."""
    return [
        criterion.measure.name
        for criterion, limit in _percentile_limits(stage)
        if (time_us := times_us.get(criterion.measure.name)) is not None
        and not criterion.op.holds(time_us / 1e6, limit)
    ]


def _limits_us(stage: Stage) -> dict[str, float]:
    """Return the tightest absolute limit on each percentile of the response time."""
    found: dict[str, float] = {}
    for criterion, limit in _percentile_limits(stage):
        name = criterion.measure.name
        found[name] = min(limit * 1e6, found.get(name, float("inf")))
    return found


def _percentile_limits(stage: Stage) -> Iterator[tuple[Criterion, float]]:
    for criterion in stage.criteria:
        match criterion:
            case Criterion(measure=measure, limit=Absolute(limit)) if (
                measure.kind is MeasureKind.QUANTILE and measure.clock is Clock.RESPONSE
            ):
                yield criterion, limit


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


def _waiting(asked: ApprovalRequested | None) -> Json | None:
    if asked is None:
        return None
    return {
        "stage": asked.stage,
        "outcome": asked.outcome,
        "request": asked.request,
        "within": wording.duration(asked.within_s),
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
