"""Criteria about requests: error rate, throughput and latencies, against a quantity or the baseline."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.comparisons.comparison import Comparison
from harness.judge.comparisons.error_rate import error_difference
from harness.judge.criteria.alike import fairly
from harness.judge.criteria.context import CriterionContext
from harness.judge.criteria.floors import missing_blocks, missing_requests, missing_time
from harness.judge.criteria.lasting import lasting, shown_for_last_part
from harness.judge.decision import Decision, Requirement, decide
from harness.judge.outcome import Outcome
from harness.judge.planning.causes import NoBaseline, reason_of
from harness.judge.planning.needs import out_of_reach
from harness.judge.sequential.looks import Broken
from harness.judge.stats.bounds import design_of
from harness.judge.stats.estimate import Estimate
from harness.judge.stats.latency import (
    Latencies,
    max_estimate,
    observed_mean_s,
    observed_quantile_s,
)
from harness.judge.stats.power import detectable_ratio, detectable_value, smallest_error_rate
from harness.judge.stats.rates import (
    error_difference_estimate,
    error_difference_test,
    throughput_estimate,
    throughput_test,
)
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

    It fails when the whole stage shows it broken, or when a sequential test did while the stage ran.
    """
    bound = BoundCriterion(criterion, endpoint, view.design.reference)
    context = CriterionContext(view, bound)
    decision = _at_the_end(context)
    if context.broken is None and decision.outcome is not Outcome.FAIL:
        decision = next(_changed_for_good(context, decision), decision)
    if context.broken is not None:
        decision = _at_the_look(decision, context.broken)
    # Errors are the service's own, but slowness and missing throughput may come from a late generator.
    if decision.outcome is Outcome.FAIL and view.late and not bound.is_of_errors:
        return decision.turned(Outcome.INVALID, LATE)
    return decision


def _at_the_look(at_the_end: Decision, broken: Broken) -> Decision:
    """Show the figures that decided: those of the look. What came afterwards is told beside them."""
    into = f"It was broken {duration(broken.at_s)} into the stage"
    last = at_the_end.estimate.observed
    required = at_the_end.requirement
    over = "" if last is None else f", over the whole stage it was {required.spoken(last)}"
    return replace(
        at_the_end,
        estimate=broken.estimate,
        outcome=Outcome.FAIL,
        remarks=(f"{into}{over}.", *_baseline_too(required, broken)),
        baseline=broken.baseline,
        decided_at_s=broken.at_s,
    )


def _baseline_too(required: Requirement, broken: Broken) -> Iterator[str]:
    baseline = broken.baseline
    if (
        baseline is not None
        and not required.relative
        and required.op.opposite.holds(baseline, required.limit)
    ):
        figure = required.spoken(baseline)
        yield f"The {broken.bound.reference} broke the limit as well ({figure}), but the canary is worse."


def _changed_for_good(context: CriterionContext, whole: Decision) -> Iterator[Decision]:
    """Find the last parts of the stage that by themselves show the criterion broken.

    A change in mid-stage makes the blocks resemble their neighbours, so that the whole stage says little.
    """
    if context.bound.criterion.for_s is None and whole.breaks_the_limit and not context.of_stage:
        for last in context.last_parts:
            decision = _at_the_end(last)
            if decision.outcome is Outcome.FAIL:
                yield shown_for_last_part(decision, whole, last.blocks)


def _at_the_end(context: CriterionContext) -> Decision:
    """Judge at the end; neither what the baseline suffers alike nor another mix accuses the canary."""
    decision = _by_figures(context)
    return fairly(context, decision) if context.view.has_both else decision


def _by_figures(context: CriterionContext) -> Decision:
    bound = context.bound
    if bound.measure.is_latency and (reason := _untimed(context)):
        return decide(bound.requirement, Estimate.unknown(), reason)
    is_relative = bound.criterion.is_relative
    match bound.measure.kind:
        case MeasureKind.ERROR_RATE:
            return _judge_error_difference(context) if is_relative else _judge_error_rate(context)
        case MeasureKind.THROUGHPUT:
            return _judge_throughput(context)
        case MeasureKind.MEAN | MeasureKind.MAX | MeasureKind.QUANTILE:
            return _judge_relative(context) if is_relative else _judge_latency(context)
        case MeasureKind.CPU | MeasureKind.MEMORY | MeasureKind.QUERY:
            raise ValueError(f"{bound.measure.name} isn't computed from requests")


def _judge_error_rate(context: CriterionContext) -> Decision:
    canary, wrong = context.blocks.canary, context.wrong_fail
    compared = context.bound.error_rate(canary.failed, canary.requests, of_stage=context.of_stage)
    estimate = _estimate(context, compared, len(canary.failed))
    effective = int(design_of(canary.failed, canary.requests).effective(estimate.n, wrong))
    detectable = smallest_error_rate(context.bound.limit, effective, wrong) if effective else None
    decision = decide(
        context.bound.requirement,
        estimate,
        _missing(context, estimate),
        detectable,
        _baseline_error_rate(context.blocks),
    )
    return lasting(context, decision, compared.test if compared else None, context.blocks)


def _judge_throughput(context: CriterionContext) -> Decision:
    blocks = context.blocks
    completed = blocks.of_all.completed
    estimate = throughput_estimate(completed, blocks.lengths_s, context.risks)
    if out_of_reach(context.view.offered_per_s, context.bound.limit):
        # The plan offers less than the limit, which is not the service's failure.
        estimate = replace(estimate, lower=-math.inf, upper=math.inf)
    decision = decide(
        context.bound.requirement, estimate, _missing(context, estimate), _detectable(context, estimate)
    )
    return lasting(
        context, decision, throughput_test(completed, blocks.lengths_s, context.bound.limit), blocks
    )


def _detectable(context: CriterionContext, estimate: Estimate) -> float | None:
    op = context.bound.criterion.op
    find = detectable_ratio if isinstance(context.bound.criterion.limit, Ratio) else detectable_value
    return find(context.bound.limit, op, estimate, context.wrong_fail)


def _judge_latency(context: CriterionContext) -> Decision:
    def judged(pick: Pick) -> Decision:
        canary = pick(context.blocks.canary)
        of_slowest = context.bound.measure.kind is MeasureKind.MAX
        compared = None if of_slowest else context.bound.against_limit(canary, of_stage=context.of_stage)
        estimate = max_estimate(canary) if of_slowest else _estimate(context, compared, len(canary))
        decision = decide(
            context.bound.requirement,
            estimate,
            _missing(context, estimate),
            _detectable(context, estimate),
            _baseline_latency_s(context, context.blocks),
        )
        return lasting(context, decision, compared.test if compared else None, context.blocks)

    return _with_failures(context, context.blocks, judged)


def _estimate(context: CriterionContext, compared: Comparison | None, blocks: int) -> Estimate:
    return compared.within(context.risks) if compared else Estimate.unknown(blocks)


def _judge_relative(context: CriterionContext) -> Decision:
    if reason := _no_comparison(context):
        return decide(context.bound.requirement, Estimate.unknown(), reason)
    merged = context.blocks.merged

    def judged(pick: Pick) -> Decision:
        compared = context.bound.change(merged.pairs(pick))
        estimate = _estimate(context, compared, len(merged))
        missing = context.first_missing(_missing_time(context), missing_blocks(context.view, merged))
        detectable = _detectable(context, estimate)
        baseline_s = _baseline_latency_s(context, merged)
        decision = decide(context.bound.requirement, estimate, missing, detectable, baseline_s)
        return lasting(context, decision, compared.test if compared else None, merged)

    return _with_failures(context, merged, judged)


def _with_failures(
    context: CriterionContext, blocks: StageBlocks, judged: Callable[[Pick], Decision]
) -> Decision:
    """Judge the successful responses, and again with failures as never answered; the worse outcome counts."""
    decision = judged(lambda variant: variant.latencies(context.bound.kind))
    failed = int(blocks.canary.failed.sum())
    if not failed or not (context.bound.measure.quantile or decision.estimate.observed is None):
        return decision
    harsher = judged(lambda variant: variant.never_answered(context.bound.kind))
    if harsher.outcome.rank <= decision.outcome.rank:
        return decision
    because = f"With its {counted(failed, 'failed request')} counted as never answered, it is worse."
    return decision.turned(harsher.outcome, because)


def _judge_error_difference(context: CriterionContext) -> Decision:
    """Judge an error rate against the baseline's, with the plan's error margin on top of the limit."""
    margin = context.view.plan.judge.error_margin
    required = replace(context.bound.requirement, limit=context.bound.limit + margin)
    if reason := _no_comparison(context):
        return decide(required, Estimate.unknown(), reason)
    rates = error_difference(context.blocks.pairs(lambda variant: variant.response))
    if rates is None:
        return decide(required, Estimate.unknown(len(context.blocks)))
    estimate = error_difference_estimate(rates, context.risks)
    missing = context.first_missing(_missing_time(context), missing_blocks(context.view, context.blocks))
    wrong = context.wrong_fail
    # Blocks without an error show no scatter; the canary's own requests say what rate they must have shown.
    found = detectable_value(required.limit, required.op, estimate, wrong)
    least = smallest_error_rate(required.limit, estimate.n, wrong) if 0 <= required.limit < 1 else None
    detectable = max(found, least) if found is not None and least is not None else None
    decision = decide(required, estimate, missing, detectable, _baseline_error_rate(context.blocks))
    return lasting(context, decision, error_difference_test(rates, required.limit), context.blocks)


def _baseline_error_rate(blocks: StageBlocks) -> float | None:
    failed, requests = float(blocks.baseline.failed.sum()), float(blocks.baseline.requests.sum())
    return failed / requests if requests else None


def _baseline_latency_s(context: CriterionContext, blocks: StageBlocks) -> float | None:
    """Take the same statistic of the baseline, as observed."""
    latencies = blocks.baseline.latencies(context.bound.kind)
    match context.bound.measure.kind:
        case MeasureKind.MAX:
            return max_estimate(latencies).observed
        case MeasureKind.MEAN:
            return observed_mean_s(latencies)
        case _:
            return observed_quantile_s(latencies, context.bound.quantile)


def _untimed(context: CriterionContext) -> str | None:
    """Say for how many responses the clock was not read: no other clock may stand in for it."""
    blocks = context.blocks
    compared = [blocks.canary, *([blocks.baseline] if context.bound.criterion.is_relative else [])]
    timed = sum(variant.timed(context.bound.kind) for variant in compared)
    responses = sum(variant.timed(Kind.RESPONSE) for variant in compared)
    if timed == responses:
        return None
    name = CLOCKS[context.bound.measure.clock].name.capitalize()
    return (
        f"{name} was recorded for {timed:,} of {responses:,} successful requests; "
        f"it is judged where the client measures it for all of them."
    )


def _no_comparison(context: CriterionContext) -> str | None:
    if context.view.stage.is_alone:
        return reason_of(NoBaseline())
    if context.bound.measure.kind is MeasureKind.MAX:
        return "A single slowest request shows no difference between variants; compare p99.9 instead."
    if not context.blocks.canary.requests.sum():
        return "The canary got no requests in the measured time."
    baseline = context.blocks.baseline
    if not (baseline.completed if context.bound.measure.is_latency else baseline.requests).sum():
        return f"The {context.bound.reference} had no successful response in the measured time."
    return None


def _missing(context: CriterionContext, estimate: Estimate) -> str | None:
    bound = context.bound
    return context.first_missing(
        _missing_time(context), missing_requests(context.view, bound.measure, estimate, bound.limit)
    )


def _missing_time(context: CriterionContext) -> str | None:
    return missing_time(context.view, context.bound.criterion.for_s)
