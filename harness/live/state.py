"""What the page is told: a JSON object made from the values of a moment, all texts bounded and worded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.judge.verdict import Verdict
from harness.live.filling import Filling
from harness.live.promises import Promise
from harness.live.tally import StageTally
from harness.plan.criterion import Absolute, Criterion
from harness.plan.measure import MeasureKind
from harness.plan.model import Plan, Stage
from harness.plan.variant import Variant
from harness.record.tag import LATENESS_HUB, LATENESS_SENT
from harness.record.window import Account
from harness.report import wording

_QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_MOST_EVENTS = 40
_MOST_ERRORS = 10
_LONGEST_TEXT = 300
_TITLES = {"t_s", "event"}

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
    state: str
    index: int | None
    elapsed_s: float
    accounts: Mapping[Variant, Account]
    backlog: int
    rates: Rates
    tally: StageTally | None
    promises: Sequence[Promise]
    fillings: Sequence[Filling]
    judged: Mapping[str, Any] | None
    outcomes: Mapping[str, str]
    events: Sequence[Mapping[str, Any]]
    errors: Mapping[Error, int]
    cpu: float | None
    verdict: Verdict | None


def state_of(scene: Scene) -> Json:
    """Return the state of the page; numbers of time in µs and s, rates per second, shares 0 … 1."""
    return {
        "service": wording.cut(scene.plan.service),
        "plan": wording.cut(scene.plan_name),
        "state": scene.state,
        "stages": [_strip(scene, number, stage) for number, stage in enumerate(scene.plan.stages)],
        "now": None if scene.index is None or scene.tally is None else _now(scene, scene.tally),
        "promises": [_promise(promise) for promise in scene.promises],
        "findings": _findings(scene),
        "triggers": [
            {
                "trigger": wording.cut(filling.trigger),
                "share": round(filling.share, 4),
                "held": filling.held,
                "needed": filling.needed,
            }
            for filling in scene.fillings
        ],
        "events": [_event(event) for event in reversed(scene.events[-_MOST_EVENTS:])],
        "errors": _errors(scene.errors),
        "verdict": _verdict(scene.verdict),
    }


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
        "elapsed": wording.clock(scene.elapsed_s),
        "left": wording.clock(max(stage.duration_s * tally.parts - scene.elapsed_s, 0.0)),
        "planned_per_s": scene.plan.rate_of(stage),
        "due_per_s": round(scene.rates.due_per_s, 1),
        "completed_per_s": round(scene.rates.completed_per_s, 1),
        "failed_per_s": round(scene.rates.failed_per_s, 1),
        "in_flight": sum(account.open for account in both),
        "backlog": scene.backlog,
        "dropped": sum(account.dropped for account in both),
        "cpu": scene.cpu,
        "lateness_us": {name: tally.lateness_us(LATENESS_SENT, q) for name, q in _QUANTILES.items()},
        "hub_p99_us": tally.lateness_us(LATENESS_HUB, 0.99),
        "hub_limit_us": scene.plan.generator.lateness_p99_s * 1e6,
        "variants": {str(variant): _variant(scene, tally, variant) for variant in Variant},
        "limits_us": _limits_us(stage),
        "points": [
            [round(point.start_s, 3), point.p95_us[Variant.BASELINE], point.p95_us[Variant.CANARY]]
            for point in tally.points
        ],
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
        "needs": wording.duration(math.ceil(promise.needs_s)) if promise.needs_s > 0 else None,
    }


def _findings(scene: Scene) -> Json | None:
    """Return what the judge said last of the stage that runs."""
    judged, tally = scene.judged, scene.tally
    if judged is None or tally is None or judged["stage"] != tally.stage.name:
        return None
    return {
        "at": wording.clock(judged["t_s"]),
        "findings": [
            {
                "criterion": wording.cut(finding["criterion"]),
                "outcome": finding["outcome"],
                "reason": wording.cut(finding["reason"], _LONGEST_TEXT),
            }
            for finding in judged["findings"]
        ],
    }


def _quantity(promise: Promise, value: float | None) -> str:
    match promise.measure:
        case None:
            return wording.NOTHING
        case measure if measure.is_latency:
            return wording.latency(None if value is None else value * 1e6)
        case measure if measure.kind in (MeasureKind.ERROR_RATE, MeasureKind.CPU):
            return wording.share(value)
        case measure if measure.kind is MeasureKind.THROUGHPUT:
            return wording.rate(value)
        case measure if measure.kind is MeasureKind.MEMORY:
            return wording.size(value)
        case _:
            return wording.quantity(value, "")


def _errors(errors: Mapping[Error, int]) -> list[Json]:
    """Return the most frequent errors."""
    most = sorted(errors.items(), key=lambda item: -item[1])[:_MOST_ERRORS]
    return [{"what": [wording.cut(part, _LONGEST_TEXT) for part in what], "count": n} for what, n in most]


def _event(event: Mapping[str, Any]) -> Json:
    said = (f"{key} {_said(value)}" for key, value in event.items() if key not in _TITLES)
    return {
        "at": wording.clock(float(event.get("t_s", 0.0))),
        "event": wording.cut(str(event.get("event", "")).replace("_", " ")),
        "text": wording.cut(" · ".join(said), _LONGEST_TEXT),
    }


def _said(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return value if isinstance(value, str) else str(value)


def _verdict(verdict: Verdict | None) -> Json | None:
    if verdict is None:
        return None
    return {"outcome": str(verdict.outcome), "reason": wording.cut(verdict.reason, _LONGEST_TEXT)}
