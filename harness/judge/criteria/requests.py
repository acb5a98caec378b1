"""Criteria about requests: error rate, throughput and latencies, against a quantity or the baseline."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from harness.judge.bound_criterion import BoundCriterion, quantile_of
from harness.judge.criteria.context import CriterionContext
from harness.judge.criteria.floors import missing_blocks, missing_requests, missing_time
from harness.judge.decision import UNDECIDED, decide
from harness.judge.outcome import Outcome
from harness.judge.stats.bounds import design_of
from harness.judge.stats.estimate import Estimate
from harness.judge.stats.latency import Latencies, max_estimate, mean_estimate, quantile_estimate
from harness.judge.stats.power import detectable_ratio, detectable_value, smallest_error_rate
from harness.judge.stats.rates import error_difference_estimate, error_rate_estimate, throughput_estimate
from harness.judge.stats.relative import log_ratio
from harness.judge.verdict import Finding
from harness.judge.view import LATE, StageView
from harness.judge.windows.blocks import StageBlocks, VariantBlocks
from harness.judge.words import counted, duration
from harness.plan.criteria.change import Ratio
from harness.plan.criteria.criterion import Criterion
from harness.plan.criteria.measure import MeasureKind
from harness.record.histograms.clocks import CLOCKS
from harness.record.histograms.tag import Kind

Pick = Callable[[VariantBlocks], Latencies]


def judge_requests(view: StageView, criterion: Criterion, endpoint: str | None = None) -> Finding:
    """Judge a criterion whose measure is computed from requests, of all endpoints or one.

    It fails when the end of the stage shows it broken, or when a look during the stage did.
    """
    promise = BoundCriterion(criterion, endpoint)
    asked = CriterionContext(view, promise)
    finding = _at_the_end(asked)
    if asked.alarm_s is not None:
        finding = _without_doubt(finding, asked.alarm_s)
    # Errors are the service's own, but slowness and missing throughput may come from a late generator.
    blameless = view.late and not promise.is_of_errors
    return finding.turned(Outcome.INVALID, LATE) if blameless and finding.outcome is Outcome.FAIL else finding


def _without_doubt(finding: Finding, alarm_s: float) -> Finding:
    decided = replace(finding, reason=finding.reason.removesuffix(UNDECIDED).strip())
    return decided.turned(Outcome.FAIL, f"It was surely broken {duration(alarm_s)} into the stage.")


def _at_the_end(asked: CriterionContext) -> Finding:
    of_errors = asked.promise.is_of_errors
    if asked.promise.measure.is_latency and (reason := _untimed(asked)):
        return decide(asked.promise.question, Estimate.unknown(), reason)
    if asked.promise.criterion.is_relative:
        return _judge_error_difference(asked) if of_errors else _judge_relative(asked)
    if asked.promise.measure.is_latency:
        return _judge_latency(asked)
    return _judge_counts(asked)


def _judge_counts(asked: CriterionContext) -> Finding:
    blocks, canary = asked.blocks, asked.blocks.canary
    if asked.promise.is_of_errors:
        estimate = error_rate_estimate(canary.failed, canary.requests, asked.risks)
        wrong = asked.view.budget.final
        effective = int(design_of(canary.failed, canary.requests).effective(estimate.n, wrong))
        detectable = smallest_error_rate(asked.promise.limit, effective, wrong) if effective else None
    else:
        completed = canary.completed + blocks.baseline.completed
        estimate = throughput_estimate(completed, blocks.lengths_s, asked.risks)
        if asked.view.planned_per_s <= asked.promise.limit:
            # The plan itself breaks the promise, and that is not the service's failure.
            estimate = replace(estimate, lower=-math.inf, upper=math.inf)
        detectable = _detectable(asked, estimate)
    return decide(asked.promise.question, estimate, _missing(asked, estimate), detectable)


def _detectable(asked: CriterionContext, estimate: Estimate) -> float | None:
    op, budget = asked.promise.criterion.op, asked.view.budget
    find = detectable_ratio if isinstance(asked.promise.criterion.limit, Ratio) else detectable_value
    return find(asked.promise.limit, op, estimate, budget.final)


def _judge_latency(asked: CriterionContext) -> Finding:
    def judged(pick: Pick) -> Finding:
        estimate = _latency_estimate(asked, pick(asked.blocks.canary))
        return decide(
            asked.promise.question, estimate, _missing(asked, estimate), _detectable(asked, estimate)
        )

    return _with_failures(asked, asked.blocks, judged)


def _latency_estimate(asked: CriterionContext, latencies: Latencies) -> Estimate:
    match asked.promise.measure.kind:
        case MeasureKind.MAX:
            return max_estimate(latencies)
        case MeasureKind.MEAN:
            return mean_estimate(latencies, asked.risks)
        case _:
            return quantile_estimate(latencies, quantile_of(asked.promise.measure), asked.risks)


def _judge_relative(asked: CriterionContext) -> Finding:
    if reason := _no_comparison(asked):
        return decide(asked.promise.question, Estimate.unknown(), reason)
    merged = asked.blocks.merged

    def judged(pick: Pick) -> Finding:
        estimate = _compared(asked, pick(merged.baseline), pick(merged.canary))
        missing = asked.lacks(_missing_time(asked), missing_blocks(asked.view, merged))
        return decide(asked.promise.question, estimate, missing, _detectable(asked, estimate))

    return _with_failures(asked, merged, judged)


def _compared(asked: CriterionContext, baseline: Latencies, canary: Latencies) -> Estimate:
    mean = asked.promise.comparison(baseline, canary, asked.promise.statistic)
    if mean is None:
        return Estimate.unknown(len(canary))
    estimate = mean.within(asked.risks)
    if asked.promise.comparison is not log_ratio:
        return estimate
    return replace(
        estimate, observed=math.expm1(mean.value), lower=_expm1(estimate.lower), upper=_expm1(estimate.upper)
    )


def _with_failures(
    asked: CriterionContext, blocks: StageBlocks, judged: Callable[[Pick], Finding]
) -> Finding:
    """Judge the responses there were; then make sure that failing instead of answering late gains nothing."""
    finding = judged(lambda variant: variant.latencies(asked.promise.kind))
    failed = int(blocks.canary.failed.sum())
    if not failed or not (asked.promise.measure.quantile or finding.observed is None):
        return finding
    harsher = judged(lambda variant: variant.never_answered(asked.promise.kind))
    if harsher.outcome.rank <= finding.outcome.rank:
        return finding
    because = f"With its {counted(failed, 'failed request')} counted as never answered it was worse."
    return finding.turned(harsher.outcome, because)


def _judge_error_difference(asked: CriterionContext) -> Finding:
    """Judge an error rate against the baseline's, with the plan's error margin on top of the limit."""
    question = replace(asked.promise.question, limit=asked.promise.limit + asked.view.plan.judge.error_margin)
    if reason := _no_comparison(asked):
        return decide(question, Estimate.unknown(), reason)
    old, new = asked.blocks.baseline, asked.blocks.canary
    estimate = error_difference_estimate((old.failed, old.requests), (new.failed, new.requests), asked.risks)
    missing = asked.lacks(_missing_time(asked), missing_blocks(asked.view, asked.blocks))
    wrong = asked.view.budget.final
    # Blocks without an error show no scatter; the canary's own requests say what rate they must have shown.
    found = detectable_value(question.limit, question.op, estimate, wrong)
    least = smallest_error_rate(question.limit, estimate.n, wrong) if 0 <= question.limit < 1 else None
    detectable = max(found, least) if found is not None and least is not None else None
    return decide(question, estimate, missing, detectable)


def _untimed(asked: CriterionContext) -> str | None:
    """Say for how many responses the clock was not read: no other clock may stand in for it."""
    blocks = asked.blocks
    compared = [blocks.canary, *([blocks.baseline] if asked.promise.criterion.is_relative else [])]
    timed = sum(variant.timed(asked.promise.kind) for variant in compared)
    responses = sum(variant.timed(Kind.RESPONSE) for variant in compared)
    if timed == responses:
        return None
    name = CLOCKS[asked.promise.measure.clock].name.capitalize()
    return (
        f"{name} was recorded for {timed:,} of {responses:,} successful requests; "
        f"it is judged where the client measures it for all of them."
    )


def _no_comparison(asked: CriterionContext) -> str | None:
    if asked.view.stage.is_alone:
        return "At weight 100% there is no baseline beside the canary to compare with."
    if asked.promise.measure.kind is MeasureKind.MAX:
        return "One slowest request says nothing about a difference; compare p99.9 instead."
    if not asked.blocks.canary.requests.sum():
        return "The canary got no requests in the measured time."
    baseline = asked.blocks.baseline
    if not (baseline.completed if asked.promise.measure.is_latency else baseline.requests).sum():
        return "The baseline gave no successful response in the measured time."
    return None


def _missing(asked: CriterionContext, estimate: Estimate) -> str | None:
    promise = asked.promise
    return asked.lacks(
        _missing_time(asked), missing_requests(asked.view, promise.measure, estimate, promise.limit)
    )


def _missing_time(asked: CriterionContext) -> str | None:
    return missing_time(asked.view, asked.promise.criterion)


def _expm1(value: float) -> float:
    return math.expm1(value) if value < 700 else math.inf
