"""The stage that runs, as a JSON object for the live page: its load, its generator, its variants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.judge.windows.lateness import is_busy, is_late
from harness.live.figures import StageFigures
from harness.live.snapshot import LiveSnapshot
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import Criterion
from harness.plan.criteria.measure import Clock, MeasureKind
from harness.plan.model import Stage
from harness.plan.variant import Variant
from harness.record.histograms.tag import UNATTRIBUTED
from harness.report import wording

_QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

Json = dict[str, Any]


def stage_now(snapshot: LiveSnapshot, figures: StageFigures) -> Json:
    """Return how the stage is doing; names end in the unit."""
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
