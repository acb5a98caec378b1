"""What a stage will be able to tell, before any load is sent."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from scipy.special import ndtri

from harness.judge.criteria.floors import MIN_BLOCKS, fewest_requests
from harness.judge.criteria.samples import can_be_seen
from harness.judge.stats.power import POWER, seconds_needed, smallest_error_rate
from harness.judge.view import StageView
from harness.judge.windows.budget import WRONG_PASS
from harness.judge.words import PERCENT, counted, duration
from harness.plan.criteria.change import Difference
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import AnyCriterion, Criterion, Named, NamedCriterion
from harness.plan.criteria.measure import MeasureKind
from harness.plan.model import Plan, Stage
from harness.record.evidence import StageEvidence

TYPICAL_DENSITY = 0.17
"""Density of ln latency at its p95: that of a log-normal with sigma 0.6."""
DEFAULT_SD_15_MIN = 0.018
"""Standard deviation of ln(p95 canary / p95 baseline) over 15 minutes of one pod that wanders moderately."""


@dataclass(frozen=True)
class Wandering:
    """How strongly the ratio of the two p95s wanders: its variance over T seconds is `variance_s / T`."""

    variance_s: float = DEFAULT_SD_15_MIN**2 * 900.0


TYPICAL = Wandering()


@dataclass(frozen=True)
class Outlook:
    """What one stage can and cannot tell; None where a question does not arise."""

    stage: str
    canary_requests: int
    blocks: int
    smallest_slowdown: float | None
    """Smallest p95 change that fails the plan's tolerance in 95 of 100 stages, as a share."""
    slowdown_needs_s: float | None
    """Stage length in which an unchanged canary passes that tolerance in 95 of 100 stages."""
    smallest_error_rate: float | None
    """Smallest error rate that fails the strictest limit in 95 of 100 stages."""
    warnings: tuple[str, ...]


def outlook(plan: Plan, stage: Stage, wandering: Wandering = TYPICAL) -> Outlook:
    """Tell what a stage can detect, from the noise of an earlier run or a typical one."""
    view = StageView(plan, StageEvidence(stage, 0))
    measured_s = view.clock.planned_blocks * view.clock.block_s
    per_s = float(stage.weight) * view.planned_per_s
    requests = int(measured_s * per_s)
    compares = view.has_both and measured_s > 0
    slowest = _smallest_slowdown(view, measured_s, wandering) if compares else None
    limits = [limit for limit in map(_error_limit, stage.criteria) if limit]
    rate = smallest_error_rate(min(limits), requests, view.budget.final) if limits and requests else None
    needed_s = _slowdown_needs_s(view, wandering) if compares else None
    return Outlook(
        stage.name,
        requests,
        view.clock.planned_blocks,
        slowest,
        needed_s,
        rate,
        tuple(_warnings(view, requests, needed_s)),
    )


def outlooks(plan: Plan, wandering: Wandering = TYPICAL) -> tuple[Outlook, ...]:
    """Tell it for all stages."""
    return tuple(outlook(plan, stage, wandering) for stage in plan.stages)


def _variance_s(view: StageView, wandering: Wandering) -> float:
    """Add what independent requests contribute to the wandering of the ratio."""
    weight, per_s = float(view.stage.weight), view.planned_per_s
    independent = 0.95 * 0.05 / TYPICAL_DENSITY**2 * (1 / (weight * per_s) + 1 / ((1 - weight) * per_s))
    return wandering.variance_s + independent


def _smallest_slowdown(view: StageView, measured_s: float, wandering: Wandering) -> float:
    se = math.sqrt(_variance_s(view, wandering) / measured_s)
    gap = se * float(ndtri(1 - view.budget.final) + ndtri(POWER))
    return math.expm1(math.log1p(view.plan.judge.tolerance) + gap)


def _slowdown_needs_s(view: StageView, wandering: Wandering) -> float:
    gap = math.log1p(view.plan.judge.tolerance)
    long_enough_s = seconds_needed(_variance_s(view, wandering), gap, WRONG_PASS)
    warmup_s = view.plan.warmup_of(view.stage)
    return warmup_s + max(long_enough_s, view.plan.judge.min_blocks * view.clock.block_s)


def _error_limit(criterion: AnyCriterion) -> float | None:
    match criterion:
        case Criterion(measure=measure, limit=Absolute(limit)) if measure.kind is MeasureKind.ERROR_RATE:
            return limit
        case _:
            return None


def _warnings(view: StageView, requests: int, needed_s: float | None) -> Iterator[str]:
    """Say which criteria cannot pass whatever happens, or hardly will."""
    for criterion in view.stage.criteria:
        if reason := _impossible(view, criterion, requests):
            yield f"`{criterion.text}` cannot pass: {reason}"
        elif _compares(criterion) and needed_s is not None and needed_s > view.stage.duration_s:
            yield f"`{criterion.text}` will often be inconclusive: it needs about {_minutes(needed_s)}."


def _minutes(seconds: float) -> str:
    return duration(60 * math.ceil(seconds / 60) if seconds > 60 else math.ceil(seconds))


def _impossible(view: StageView, criterion: AnyCriterion, requests: int) -> str | None:
    if criterion.for_s is not None and criterion.for_s > view.stage.duration_s + 1e-6:
        return f"the stage lasts {duration(view.stage.duration_s)}."
    if _compares(criterion):
        return _incomparable(view, criterion, requests)
    match criterion:
        case NamedCriterion(name=name):
            return _unprobed(view, name)
        case Criterion(measure=measure, limit=Absolute(limit)) if measure.is_of_requests:
            return _too_little(view, measure.kind, limit, fewest_requests(measure, limit), requests)
        case Criterion(measure=measure) if not measure.is_of_requests and not can_be_seen(view, measure):
            return f"configure `probes.metrics` or a Prometheus query named `{measure.name}`."
        case _:
            return None


def _too_little(view: StageView, kind: MeasureKind, limit: float, needed: int, requests: int) -> str | None:
    if kind is MeasureKind.THROUGHPUT:
        offered = view.planned_per_s
        return f"the plan offers only {offered:,.6g}/s." if offered <= limit else None
    if view.clock.planned_blocks < MIN_BLOCKS:
        return f"it needs {MIN_BLOCKS} blocks and the stage has {view.clock.planned_blocks}."
    if needed > requests:
        return f"it needs {needed:,} canary requests and the stage sends {requests:,}."
    return None


def _incomparable(view: StageView, criterion: AnyCriterion, requests: int) -> str | None:
    if not view.has_both:
        return "there is no baseline beside the canary."
    blocks = min(view.clock.planned_blocks, requests // 200)
    if blocks < view.plan.judge.min_blocks:
        wanted = counted(view.plan.judge.min_blocks, "block")
        return f"it needs {wanted} of 200 canary requests and the stage has {blocks}."
    margin = view.plan.judge.error_margin
    # Without any error the upper bound of a rate is about 3 / n.
    if _compares_errors(criterion) and requests * margin < -math.log(WRONG_PASS):
        needed = math.ceil(-math.log(WRONG_PASS) / margin) if margin else 0
        how = f"{needed:,} canary requests" if margin else "an error margin above 0"
        return f"an error margin of {PERCENT.spoken(margin)} needs {how} and the stage sends {requests:,}."
    return None


def _compares(criterion: AnyCriterion) -> bool:
    return criterion.is_relative and not (
        isinstance(criterion, Criterion) and not criterion.measure.is_of_requests
    )


def _compares_errors(criterion: AnyCriterion) -> bool:
    match criterion:
        case NamedCriterion(name=Named.NO_PERFORMANCE_DEGRADATION):
            return True
        case Criterion(measure=measure, limit=Difference()):
            return measure.kind is MeasureKind.ERROR_RATE
        case _:
            return False


def _unprobed(view: StageView, name: Named) -> str | None:
    probes = view.plan.probes
    asked = probes is not None and probes.prometheus is not None and probes.prometheus.alerts is not None
    alerts = asked or any(levels.critical is not None for levels in view.plan.levels.values())
    missing = {
        Named.NO_CRITICAL_ALERTS: None if alerts else "probes.prometheus.alerts",
        Named.HEALTH_CHECKS_PASSING: None if probes and probes.health else "probes.health",
        Named.SYSTEM_STABLE: None if probes and probes.metrics else "probes.metrics",
        Named.STABLE: None if probes and probes.metrics else "probes.metrics",
    }.get(name)
    return f"configure `{missing}`." if missing else None
