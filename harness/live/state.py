"""What the page is told: a JSON object made from the values of a moment, all texts bounded and worded."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.judge.criteria.triggers import TriggerProgress
from harness.judge.finding import Finding
from harness.judge.verdict import Verdict
from harness.live.promises import Promise
from harness.live.tally import StageTally
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import Criterion
from harness.plan.criteria.measure import MeasureKind
from harness.plan.model import Plan, Stage
from harness.plan.variant import Variant
from harness.record.histograms.window import Account
from harness.report import wording
from harness.report.page.timeline import happening

_QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_MAX_EVENTS = 40
_MAX_ERRORS = 10
_MAX_TEXT = 300

Json = dict[str, Any]
Error = tuple[str, ...]
"""Stage, variant, endpoint and kind of a failed request."""


@dataclass(frozen=True)
class Rates:
    """Arrivals due, completed and failed per second, since somebody last looked."""

    due_per_s: float = 0.0
    completed_per_s: float = 0.0
    failed_per_s: float = 0.0


@dataclass(frozen=True)
class Scene:
    """Everything there is to show at a moment; ``index`` is the stage that runs or ran last, if any.

    ``outcomes`` are those of the stages judged so far by name, ``cpu`` the generator's share of a core.
    """

    plan: Plan
    plan_name: str
    path: Path
    state: str
    index: int | None
    elapsed_s: float
    accounts: Mapping[Variant, Account]
    backlog: int
    rates: Rates
    tally: StageTally | None
    promises: Sequence[Promise]
    triggers: Sequence[TriggerProgress]
    outcomes: Mapping[str, str]
    events: Sequence[Mapping[str, Any]]
    errors: Mapping[Error, int]
    cpu: float | None
    verdict: Verdict | None


def state_of(scene: Scene) -> Iterator[tuple[str, Any]]:
    """Yield the state of the page member by member, so that making it can be interrupted.

    Numbers of time are in µs and s, rates per second, shares 0 … 1.
    """
    yield "service", wording.cut(scene.plan.service)
    yield "plan", wording.cut(scene.plan_name)
    yield "report", wording.cut(str(scene.path / "report.html"), _MAX_TEXT)
    yield "state", scene.state
    yield "stages", [_strip(scene, number, stage) for number, stage in enumerate(scene.plan.stages)]
    yield "now", None if scene.index is None or scene.tally is None else _now(scene, scene.tally)
    yield "promises", [_promise(promise) for promise in scene.promises]
    yield "findings", _findings(scene)
    yield "triggers", [_trigger(trigger) for trigger in scene.triggers]
    yield "events", [_event(event) for event in reversed(scene.events[-_MAX_EVENTS:])]
    yield "errors", _errors(scene.errors)
    yield "verdict", _verdict(scene.verdict)


def _strip(scene: Scene, number: int, stage: Stage) -> Json:
    is_here = number == scene.index
    judged = scene.outcomes.get(stage.name)
    done = min(scene.elapsed_s / stage.duration_s, 1.0) if is_here else float(judged is not None)
    return {
        "name": stage.name,
        "weight": float(stage.weight),
        "duration": wording.duration(stage.duration_s),
        "outcome": judged,
        "is_here": is_here,
        "done": round(done, 4),
    }


def _now(scene: Scene, tally: StageTally) -> Json:
    stage = tally.stage
    both = scene.accounts.values()
    return {
        "stage": stage.name,
        "elapsed": wording.stretch(scene.elapsed_s),
        "left": wording.stretch(max(tally.duration_s - scene.elapsed_s, 0.0)),
        "planned_per_s": scene.plan.rate_of(stage),
        "due_per_s": round(scene.rates.due_per_s, 1),
        "completed_per_s": round(scene.rates.completed_per_s, 1),
        "failed_per_s": round(scene.rates.failed_per_s, 1),
        "in_flight": sum(account.open for account in both),
        "backlog": scene.backlog,
        "dropped": sum(account.dropped for account in both),
        "cpu": scene.cpu,
        "cpu_limit": scene.plan.generator.cpu,
        "lateness_us": {name: tally.lateness_us(q) for name, q in _QUANTILES.items()},
        "hub_p99_us": tally.hub_us(0.99),
        "hub_limit_us": scene.plan.generator.lateness_p99_s * 1e6,
        "variants": {str(variant): _variant(scene, tally, variant) for variant in Variant},
        "limits_us": _limits_us(stage),
        "points": [
            [round(point.start_s, 3), point.p95_us[Variant.BASELINE], point.p95_us[Variant.CANARY]]
            for point in tally.points
        ],
        "warmup_s": tally.clock.warmup_intervals * tally.clock.interval_s,
        "is_warming": not tally.measured_s,
    }


def _variant(scene: Scene, tally: StageTally, variant: Variant) -> Json:
    account = scene.accounts[variant]
    ended = account.completed + account.failed
    return {
        "requests": ended,
        "failed": account.failed,
        "error_rate": account.failed / ended if ended else None,
        **{name: tally.measured[variant].quantile_us(q) for name, q in _QUANTILES.items()},
    }


def _limits_us(stage: Stage) -> dict[str, float]:
    """Return the tightest limit on each percentile of the response time that is a quantity."""
    found: dict[str, float] = {}
    for criterion in stage.criteria:
        match criterion:
            case Criterion(measure=measure, limit=Absolute(limit)) if (
                measure.kind is MeasureKind.QUANTILE and measure.clock == "response"
            ):
                found[measure.name] = min(limit * 1e6, found.get(measure.name, float("inf")))
    return found


def _promise(promise: Promise) -> Json:
    return {
        "criterion": wording.cut(promise.criterion),
        "observed": _quantity(promise, promise.observed),
        "limit": _quantity(promise, promise.limit),
        "holds": promise.holds,
        "can_pass": _can_pass(promise.needs_s),
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


def _findings(scene: Scene) -> Json | None:
    """Return what the judge said last of the stage shown; ``at`` is None when that is its verdict."""
    tally = scene.tally
    if tally is None:
        return None
    for judged in scene.verdict.stages if scene.verdict else ():
        if judged.name == tally.stage.name:
            return _judged(None, judged.findings)
    so_far = tally.findings
    return None if so_far is None else _judged(wording.clock(so_far.t_s), so_far.findings)


def _judged(at: str | None, findings: Iterable[Finding]) -> Json:
    return {"at": at, "findings": [_finding(finding) for finding in findings]}


def _finding(finding: Finding) -> Json:
    return {
        "criterion": wording.cut(finding.title, _MAX_TEXT),
        "outcome": str(finding.outcome),
        "reason": wording.cut(finding.reason, _MAX_TEXT),
    }


def _quantity(promise: Promise, value: float | None) -> str:
    return wording.NOTHING if promise.measure is None else wording.of_measure(promise.measure, value)


def _errors(errors: Mapping[Error, int]) -> list[Json]:
    """Return the most frequent errors."""
    most = sorted(errors.items(), key=lambda item: -item[1])[:_MAX_ERRORS]
    return [{"what": [wording.cut(part, _MAX_TEXT) for part in what], "count": n} for what, n in most]


def _event(event: Mapping[str, Any]) -> Json:
    told = happening(event)
    return {"at": wording.clock(told.at_s), "text": wording.cut(told.text, _MAX_TEXT), "bad": told.bad}


def _verdict(verdict: Verdict | None) -> Json | None:
    if verdict is None:
        return None
    return {"outcome": str(verdict.outcome), "reason": wording.cut(verdict.reason, _MAX_TEXT)}
