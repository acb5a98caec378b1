"""Criteria about requests: error rate, throughput and latencies, against a quantity or the baseline."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from harness.judge.bound_criterion import BoundCriterion, quantile_of
from harness.judge.criteria.context import CriterionContext
from harness.judge.criteria.floors import missing_blocks, missing_requests, missing_time
from harness.judge.decision import Decision, decide
from harness.judge.outcome import Outcome
from harness.judge.stats.bounds import design_of
from harness.judge.stats.estimate import Estimate
from harness.judge.stats.latency import (
    Latencies,
    max_estimate,
    mean_estimate,
    observed_mean_s,
    observed_quantile_s,
    quantile_estimate,
)
from harness.judge.stats.power import detectable_ratio, detectable_value, smallest_error_rate
from harness.judge.stats.rates import error_difference_estimate, error_rate_estimate, throughput_estimate
from harness.judge.stats.relative import log_ratio
from harness.judge.view import LATE, StageView
from harness.judge.windows.blocks import StageBlocks, VariantBlocks
from harness.judge.words import counted, duration
from harness.plan.criteria.change import Ratio
from harness.plan.criteria.criterion import Criterion
from harness.plan.criteria.measure import MeasureKind
from harness.record.histograms.clocks import CLOCKS
from harness.record.histograms.tag import Kind

Pick = Callable[[VariantBlocks], Latencies]


def judge_requests(view: StageView, criterion: Criterion, endpoint: str | None = None) -> Decision:
    """Judge a criterion whose measure is computed from requests, of all endpoints or one.

    It fails when the end of the stage shows it broken, or when a look during the stage did.
    """
    promise = BoundCriterion(criterion, endpoint)
    asked = CriterionContext(view, promise)
    decision = _at_the_end(asked)
    if asked.alarm_s is not None:
        decision = decision.turned(Outcome.FAIL, f"It was broken {duration(asked.alarm_s)} into the stage.")
        decision = replace(decision, decided_at_s=asked.alarm_s)
    # Errors are the service's own, but slowness and missing throughput may come from a late generator.
    if decision.outcome is Outcome.FAIL and view.late and not promise.is_of_errors:
        return decision.turned(Outcome.INVALID, LATE)
    return decision


def _at_the_end(asked: CriterionContext) -> Decision:
    of_errors = asked.promise.is_of_errors
    if asked.promise.measure.is_latency and (reason := _untimed(asked)):
        return decide(asked.promise.requirement, Estimate.unknown(), reason)
    if asked.promise.criterion.is_relative:
        return _judge_error_difference(asked) if of_errors else _judge_relative(asked)
    if asked.promise.measure.is_latency:
        return _judge_latency(asked)
    return _judge_error_rate(asked) if of_errors else _judge_throughput(asked)


def _judge_error_rate(asked: CriterionContext) -> Decision:
    canary, wrong = asked.blocks.canary, asked.view.budget.final
    estimate = error_rate_estimate(canary.failed, canary.requests, asked.risks)
    effective = int(design_of(canary.failed, canary.requests).effective(estimate.n, wrong))
    detectable = smallest_error_rate(asked.promise.limit, effective, wrong) if effective else None
    return decide(
        asked.promise.requirement,
        estimate,
        _missing(asked, estimate),
        detectable,
        _baseline_error_rate(asked.blocks),
    )


def _judge_throughput(asked: CriterionContext) -> Decision:
    blocks = asked.blocks
    completed = blocks.canary.completed + blocks.baseline.completed
    estimate = throughput_estimate(completed, blocks.lengths_s, asked.risks)
    if asked.view.planned_per_s <= asked.promise.limit:
        # The plan itself breaks the promise, and that is not the service's failure.
        estimate = replace(estimate, lower=-math.inf, upper=math.inf)
    return decide(
        asked.promise.requirement, estimate, _missing(asked, estimate), _detectable(asked, estimate)
    )


def _detectable(asked: CriterionContext, estimate: Estimate) -> float | None:
    op, budget = asked.promise.criterion.op, asked.view.budget
    find = detectable_ratio if isinstance(asked.promise.criterion.limit, Ratio) else detectable_value
    return find(asked.promise.limit, op, estimate, budget.final)


def _judge_latency(asked: CriterionContext) -> Decision:
    def judged(pick: Pick) -> Decision:
        estimate = _latency_estimate(asked, pick(asked.blocks.canary))
        return decide(
            asked.promise.requirement,
            estimate,
            _missing(asked, estimate),
            _detectable(asked, estimate),
            _baseline_latency_s(asked, asked.blocks),
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


def _judge_relative(asked: CriterionContext) -> Decision:
    if reason := _no_comparison(asked):
        return decide(asked.promise.requirement, Estimate.unknown(), reason)
    merged = asked.blocks.merged

    def judged(pick: Pick) -> Decision:
        estimate = _compared(asked, pick(merged.baseline), pick(merged.canary))
        missing = asked.lacks(_missing_time(asked), missing_blocks(asked.view, merged))
        detectable = _detectable(asked, estimate)
        baseline_s = _baseline_latency_s(asked, merged)
        return decide(asked.promise.requirement, estimate, missing, detectable, baseline_s)

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
    asked: CriterionContext, blocks: StageBlocks, judged: Callable[[Pick], Decision]
) -> Decision:
    """Judge the responses there were; then make sure that failing instead of answering late gains nothing."""
    decision = judged(lambda variant: variant.latencies(asked.promise.kind))
    failed = int(blocks.canary.failed.sum())
    if not failed or not (asked.promise.measure.quantile or decision.estimate.observed is None):
        return decision
    harsher = judged(lambda variant: variant.never_answered(asked.promise.kind))
    if harsher.outcome.rank <= decision.outcome.rank:
        return decision
    because = f"With its {counted(failed, 'failed request')} counted as never answered it was worse."
    return decision.turned(harsher.outcome, because)


def _judge_error_difference(asked: CriterionContext) -> Decision:
    """Judge an error rate against the baseline's, with the plan's error margin on top of the limit."""
    margin = asked.view.plan.judge.error_margin
    required = replace(asked.promise.requirement, limit=asked.promise.limit + margin)
    if reason := _no_comparison(asked):
        return decide(required, Estimate.unknown(), reason)
    old, new = asked.blocks.baseline, asked.blocks.canary
    estimate = error_difference_estimate((old.failed, old.requests), (new.failed, new.requests), asked.risks)
    missing = asked.lacks(_missing_time(asked), missing_blocks(asked.view, asked.blocks))
    wrong = asked.view.budget.final
    # Blocks without an error show no scatter; the canary's own requests say what rate they must have shown.
    found = detectable_value(required.limit, required.op, estimate, wrong)
    least = smallest_error_rate(required.limit, estimate.n, wrong) if 0 <= required.limit < 1 else None
    detectable = max(found, least) if found is not None and least is not None else None
    return decide(required, estimate, missing, detectable, _baseline_error_rate(asked.blocks))


def _baseline_error_rate(blocks: StageBlocks) -> float | None:
    failed, requests = float(blocks.baseline.failed.sum()), float(blocks.baseline.requests.sum())
    return failed / requests if requests else None


def _baseline_latency_s(asked: CriterionContext, blocks: StageBlocks) -> float | None:
    """Take the same statistic of the baseline, as observed."""
    latencies = blocks.baseline.latencies(asked.promise.kind)
    match asked.promise.measure.kind:
        case MeasureKind.MAX:
            return max_estimate(latencies).observed
        case MeasureKind.MEAN:
            return observed_mean_s(latencies)
        case _:
            return observed_quantile_s(latencies, quantile_of(asked.promise.measure))


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
