"""Criteria about what the probes saw: CPU, memory, named queries."""

from __future__ import annotations

from harness.judge.criteria.samples import Samples, samples_of
from harness.judge.decision import Decision, Requirement, decide
from harness.judge.stats.bounds import Risks
from harness.judge.stats.estimate import Estimate, Mean
from harness.judge.stats.noise import Floats
from harness.judge.view import StageView
from harness.judge.words import PERCENT, counted, unit_of
from harness.plan.criteria.change import Change, Difference, Ratio
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import Criterion
from harness.plan.criteria.measure import Measure, MeasureKind
from harness.plan.variant import Variant

MIN_SAMPLES = 6


def judge_system(view: StageView, criterion: Criterion) -> Decision:
    """Judge a criterion about the system: CPU and queries by their mean, memory by its highest value."""
    measure = criterion.measure
    canary = samples_of(view, measure, Variant.CANARY, criterion.for_s)
    if isinstance(criterion.limit, Absolute):
        limit = criterion.limit.value
        required = Requirement(_subject(measure), criterion.op, limit, unit_of(measure, limit), measure)
        baseline = _baseline(view, criterion)
        return decide(required, _absolute(measure, canary.values), canary.missing, baseline=baseline)
    return _judge_change(view, criterion, canary, criterion.limit)


def _baseline(view: StageView, criterion: Criterion) -> float | None:
    """Take the same number of the baseline beside the canary, where there is one."""
    measure = criterion.measure
    if not (view.has_both and measure.has_baseline):
        return None
    baseline = samples_of(view, measure, Variant.BASELINE, criterion.for_s)
    return _absolute(measure, baseline.values).observed


def _subject(measure: Measure) -> str:
    match measure.kind:
        case MeasureKind.MEMORY:
            return "The canary's highest memory"
        case MeasureKind.CPU:
            return "The canary's mean cpu"
        case _:
            return f"The mean of {measure.name}"


def _absolute(measure: Measure, values: Floats) -> Estimate:
    """Take the value as the fact it is: every use of CPU was counted, no request was sampled."""
    if not len(values):
        return Estimate.unknown()
    value = float(values.max() if measure.kind is MeasureKind.MEMORY else values.mean())
    return Estimate(value, value, value, len(values), 0)


def _judge_change(view: StageView, criterion: Criterion, canary: Samples, limit: Change) -> Decision:
    measure = criterion.measure
    if isinstance(limit, Ratio):
        value, unit = limit.ratio, PERCENT
    else:
        value, unit = limit.difference, unit_of(measure, limit.difference)
    subject = f"The canary's mean {measure.name} against the baseline's"
    required = Requirement(subject, criterion.op, value, unit, measure, relative=True)
    if not view.has_both:
        return decide(required, Estimate.unknown(), "There is no baseline beside the canary to compare with.")
    baseline = samples_of(view, measure, Variant.BASELINE, criterion.for_s)
    estimate = _change(baseline.values, canary.values, limit, view.budget.risks(criterion.op))
    missing = canary.missing or baseline.missing or _few(estimate)
    observed = float(baseline.values.mean()) if len(baseline.values) else None
    return decide(required, estimate, missing, baseline=observed)


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
    lacking = MIN_SAMPLES - estimate.n
    return f"{counted(lacking, 'more sample')} needed." if lacking > 0 else None
