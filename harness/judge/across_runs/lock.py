"""A locked performance baseline: what the baseline did in one run, held against the baselines of later runs.

Variants of one run share their seconds, runs do not. So no noise cancels: the error of the change includes
both runs, and a difference between days or machines counts as change.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from pydantic import ConfigDict, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from harness.judge.across_runs.comparability import Conditions, differences, shares
from harness.judge.across_runs.linearized import linearized_quantile
from harness.judge.decision import Requirement, decide
from harness.judge.finding import Finding, Subject
from harness.judge.outcome import Outcome
from harness.judge.planning.needs import MIN_BLOCKS
from harness.judge.run import judge_run
from harness.judge.stats.bounds import DesignEffect, Risks, design_of
from harness.judge.stats.estimate import Estimate, Mean
from harness.judge.stats.rates import Failures, counted_difference
from harness.judge.validity.soundness import requests_by_endpoint
from harness.judge.view import StageView
from harness.judge.windows.budget import WRONG_PASS
from harness.judge.words import PER_SECOND, PERCENT, counted
from harness.plan.criteria.compare import Op
from harness.plan.criteria.measure import measure_named
from harness.plan.criteria.quantity import TIME, rounded_text_of
from harness.record.evidence import Evidence

SCHEMA = 1
_FINITE = ConfigDict(allow_inf_nan=False)
Percentile = Literal["p50", "p95", "p99"]
PERCENTILES: tuple[Percentile, ...] = ("p50", "p95", "p99")


class LockError(Exception):
    """A run can't be locked, or can't be held against a lock; `problems` says why."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Locked:
    """The ln of a percentile in seconds, with its standard error and degrees of freedom."""

    __pydantic_config__: ClassVar[ConfigDict] = _FINITE
    ln_seconds: float
    se: NonNegativeFloat
    degrees: PositiveFloat


@dataclass(frozen=True)
class LockedStage:
    """What the baseline did in one stage; `per_s` is its planned share of the arrivals."""

    __pydantic_config__: ClassVar[ConfigDict] = _FINITE
    name: str
    per_s: PositiveFloat
    blocks: PositiveInt
    percentiles: Mapping[Percentile, Locked]
    failed: NonNegativeInt
    requests: PositiveInt
    design_effect: PositiveFloat
    degrees: PositiveFloat
    mix: Mapping[str, float]


@dataclass(frozen=True)
class Lock:
    """The baseline of a run, stage by stage."""

    __pydantic_config__: ClassVar[ConfigDict] = _FINITE
    service: str
    arrivals: str
    timeout_s: float
    stages: tuple[LockedStage, ...]
    schema: int = SCHEMA


def lock_of(evidence: Evidence) -> Lock:
    """Lock the baseline of a run; LockError when the run cannot be trusted or had no baseline."""
    verdict = judge_run(evidence)
    if verdict.outcome is Outcome.INVALID:
        raise LockError(f"this run cannot be a performance baseline: {verdict.reason}")
    stages = tuple(_locked(view) for view in _views(evidence) if len(view.blocks) >= MIN_BLOCKS)
    if not stages:
        raise LockError(f"no stage of this run has a baseline measured in {MIN_BLOCKS} blocks")
    if (load := evidence.plan.load) is None:
        raise LockError(
            "this run watched real traffic; a performance baseline needs load that can be repeated"
        )
    return Lock(evidence.plan.service, load.arrivals, load.timeout_s, stages)


def _views(evidence: Evidence) -> Iterator[StageView]:
    for stage in evidence.stages:
        view = StageView(evidence.plan, stage)
        if stage.intervals and view.blocks.baseline.completed.sum():
            yield view


def _locked(view: StageView) -> LockedStage:
    baseline = view.blocks.baseline
    failures = _failures(view)
    return LockedStage(
        name=view.stage.name,
        per_s=_per_s(view),
        blocks=len(view.blocks),
        percentiles={name: _percentile(view, name) for name in PERCENTILES},
        failed=int(baseline.failed.sum()),
        requests=int(baseline.requests.sum()),
        design_effect=failures.design.effect,
        # Infinite where requests are independent, which JSON cannot say.
        degrees=min(failures.design.degrees, 1e9),
        mix=_mix(view),
    )


def _mix(view: StageView) -> dict[str, float]:
    return shares(requests_by_endpoint(view, view.design.reference))


def _per_s(view: StageView) -> float:
    return view.design.share_of_reference * view.planned_per_s


def _failures(view: StageView) -> Failures:
    baseline = view.blocks.baseline
    design = design_of(baseline.failed, baseline.requests)
    return Failures(float(baseline.failed.sum()), float(baseline.requests.sum()), design)


def _percentile(view: StageView, name: str) -> Locked:
    effect = linearized_quantile(view.blocks.baseline.response, measure_named(name).quantile or 0.0)
    if effect is None:
        raise LockError(f"stage {view.stage.name}: the baseline gave no successful response")
    mean = effect.log_mean
    return Locked(mean.value, mean.se, mean.degrees)


def judge_locked(evidence: Evidence, lock: Lock) -> dict[str, tuple[Finding, ...]]:
    """Hold a run's baseline against a locked one, by stage; LockError when they can't be compared."""
    if evidence.plan.load is None:
        raise LockError("this run watched real traffic, which is not the load of the locked baseline")
    known = {stage.name: stage for stage in lock.stages}
    views = [view for view in _views(evidence) if view.stage.name in known]
    problems = [*_apart(evidence, views, lock)]
    if not views:
        problems.append(f"no stage of this run had a baseline that is locked: {', '.join(known)}")
    if problems:
        raise LockError(*problems)
    return {view.stage.name: tuple(_findings(view, known[view.stage.name])) for view in views}


def _conditions(name: str, service: str, arrivals: str, timeout_s: float) -> Conditions:
    return Conditions(
        name, {"service": service, "arrivals": arrivals, "timeout": rounded_text_of(timeout_s, TIME)}
    )


def _stage_conditions(name: str, stage: str, per_s: float, mix: Mapping[str, float]) -> Conditions:
    return Conditions(name, {f"stage {stage}: load of the baseline": PER_SECOND.spoken(per_s)}, mix)


def _apart(evidence: Evidence, views: Sequence[StageView], lock: Lock) -> Iterator[str]:
    """Yield why a run can't be held against a lock."""
    plan, locked, now = evidence.plan, "the locked baseline", "this run"
    yield from differences(
        _conditions(locked, lock.service, lock.arrivals, lock.timeout_s),
        _conditions(now, plan.service, plan.sent.arrivals, plan.sent.timeout_s),
    )
    known = {stage.name: stage for stage in lock.stages}
    for view in views:
        name, before = view.stage.name, known[view.stage.name]
        yield from differences(
            _stage_conditions(locked, name, before.per_s, before.mix),
            _stage_conditions(now, name, _per_s(view), _mix(view)),
        )


def _findings(view: StageView, locked: LockedStage) -> Iterator[Finding]:
    judge = view.plan.judge
    risks = Risks(lower=judge.alpha / (len(PERCENTILES) + 1), upper=WRONG_PASS)
    more = MIN_BLOCKS - len(view.blocks)
    missing = f"{counted(more, 'more block')} needed." if more > 0 else None
    for name in PERCENTILES:
        estimate = _as_ratio(_change(_percentile(view, name), locked.percentiles[name], view).within(risks))
        locked_s = math.exp(locked.percentiles[name].ln_seconds)
        decision = decide(_requirement(name, judge.tolerance), estimate, missing, baseline=locked_s)
        yield decision.result.of(_subject(name, judge.tolerance))
    before = Failures(locked.failed, locked.requests, DesignEffect(locked.design_effect, locked.degrees))
    difference = counted_difference(before, _failures(view), risks, len(view.blocks))
    rate, margin = locked.failed / locked.requests, judge.error_margin
    decision = decide(_requirement("error rate", margin), difference, missing, baseline=rate)
    yield decision.result.of(_subject("error rate", margin))


def _requirement(name: str, limit: float) -> Requirement:
    subject = f"The baseline's {name} against the locked one"
    return Requirement(subject, Op.LE, limit, PERCENT, measure_named(name), relative=True)


def _subject(name: str, limit: float) -> Subject:
    return Subject.of_criterion(f"locked baseline: {name} +{PERCENT.spoken(limit)} at most")


def _change(now: Locked, before: Locked, view: StageView) -> Mean:
    """Subtract two independent means; the degrees of freedom are Welch's."""
    parts = [(each.se**2, each.degrees) for each in (now, before)]
    variance = sum(part for part, _ in parts)
    spread = sum(part**2 / degrees for part, degrees in parts)
    degrees = variance**2 / spread if spread > 0 else 1e9
    n, blocks = int(view.blocks.baseline.completed.sum()), len(view.blocks)
    return Mean(now.ln_seconds - before.ln_seconds, math.sqrt(variance), degrees, n, blocks)


def _as_ratio(estimate: Estimate) -> Estimate:
    observed = None if estimate.observed is None else _expm1(estimate.observed)
    return replace(estimate, observed=observed, lower=_expm1(estimate.lower), upper=_expm1(estimate.upper))


def _expm1(value: float) -> float:
    return math.expm1(value) if value < 700 else math.inf
