"""Criteria about what the probes measure: CPU, memory, named queries."""

from __future__ import annotations

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.decision import Decision, decide
from harness.judge.stage_probes import Samples
from harness.judge.stats.bounds import Risks
from harness.judge.stats.estimate import Estimate, Mean
from harness.judge.stats.noise import Floats
from harness.judge.view import StageView
from harness.judge.windows.budget import bound_risks
from harness.judge.words import counted
from harness.plan.criteria.change import Change, Difference, Ratio
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import Criterion
from harness.plan.criteria.measure import MeasureKind
from harness.plan.variant import Variant

MIN_SAMPLES = 6


def judge_system(view: StageView, criterion: Criterion) -> Decision:
    """Judge a criterion about the system: CPU and queries by their mean, memory by its highest value."""
    reference = view.design.reference
    canary, baseline = (_samples(view, variant, criterion) for variant in (Variant.CANARY, reference))
    required = BoundCriterion(criterion, reference=reference).requirement
    if isinstance(criterion.limit, Absolute):
        pick = _highest if criterion.measure.kind is MeasureKind.MEMORY else _mean
        observed = _exactly(pick(canary.values), len(canary.values))
        return decide(required, observed, canary.missing, baseline=pick(baseline.values))
    estimate = _change(
        baseline.values,
        canary.values,
        criterion.limit,
        bound_risks(criterion.op, view.budget.at_the_end(None)),
    )
    missing = baseline.missing or canary.missing or _few(estimate)
    return decide(required, estimate, missing, baseline=_mean(baseline.values))


def _samples(view: StageView, variant: Variant, criterion: Criterion) -> Samples:
    if variant is not Variant.CANARY and not (view.has_both and criterion.measure.has_baseline):
        return Samples.none("There is no baseline beside the canary to compare with.")
    return view.probes.samples(criterion.measure, variant, criterion.for_s)


def _highest(values: Floats) -> float | None:
    return float(values.max()) if len(values) else None


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def _exactly(value: float | None, n: int) -> Estimate:
    """Take a value as the fact it is: every use of CPU was counted, no request was sampled."""
    return Estimate.unknown() if value is None else Estimate(value, value, value, n, 0)


def _change(baseline: Floats, canary: Floats, limit: Change, risks: Risks) -> Estimate:
    """Estimate the change of the mean from samples taken in pairs, which follow each other as blocks do."""
    n = min(len(baseline), len(canary))
    old, new = baseline[:n], canary[:n]
    if n == 0 or (isinstance(limit, Ratio) and old.mean() <= 0):
        return Estimate.unknown()
    if isinstance(limit, Difference):
        return Mean.of(float((new - old).mean()), new - old, n).within(risks)
    ratio = float(new.mean() / old.mean())
    return Mean.of(ratio - 1, (new - ratio * old) / float(old.mean()), n).within(risks)


def _few(estimate: Estimate) -> str | None:
    more = MIN_SAMPLES - estimate.n
    return f"{counted(more, 'more sample')} needed." if more > 0 else None
