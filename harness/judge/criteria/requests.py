"""Criteria about requests: error rate, throughput and latencies, against a quantity or the baseline."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.comparisons.error_rate import error_difference
from harness.judge.criteria.alike import fairly
from harness.judge.criteria.context import CriterionContext
from harness.judge.criteria.lasting import lasting, shown_for_last_part, shown_for_look
from harness.judge.criteria.latency import judge_latency
from harness.judge.decision import Decision, decide
from harness.judge.outcome import Outcome
from harness.judge.planning.needs import out_of_reach
from harness.judge.stats.bounds import design_of
from harness.judge.stats.estimate import Estimate
from harness.judge.stats.power import detectable_value, smallest_error_rate
from harness.judge.stats.rates import (
    error_difference_estimate,
    error_difference_test,
    throughput_estimate,
    throughput_test,
)
from harness.judge.view import LATE, StageView
from harness.judge.windows.blocks import StageBlocks
from harness.plan.criteria.criterion import Criterion
from harness.plan.criteria.measure import MeasureKind


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
        decision = shown_for_look(decision, context.broken)
    # Errors are the service's own, but slowness and missing throughput may come from a late generator.
    if decision.outcome is Outcome.FAIL and view.late and not bound.is_of_errors:
        return decision.turned(Outcome.INVALID, LATE)
    return decision


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
    is_relative = bound.criterion.is_relative
    match bound.measure.kind:
        case MeasureKind.ERROR_RATE:
            return _judge_error_difference(context) if is_relative else _judge_error_rate(context)
        case MeasureKind.THROUGHPUT:
            return _judge_throughput(context)
        case MeasureKind.MEAN | MeasureKind.MAX | MeasureKind.QUANTILE:
            return judge_latency(context)
        case MeasureKind.CPU | MeasureKind.MEMORY | MeasureKind.QUERY:
            raise ValueError(f"{bound.measure.name} isn't computed from requests")


def _judge_error_rate(context: CriterionContext) -> Decision:
    canary, wrong = context.blocks.canary, context.wrong_fail
    compared = context.bound.error_rate(canary.failed, canary.requests, of_stage=context.of_stage)
    estimate = context.estimate(compared, len(canary.failed))
    effective = int(design_of(canary.failed, canary.requests).effective(estimate.n, wrong))
    detectable = smallest_error_rate(context.bound.limit, effective, wrong) if effective else None
    decision = decide(
        context.bound.requirement,
        estimate,
        context.missing(estimate),
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
        context.bound.requirement, estimate, context.missing(estimate), context.detectable(estimate)
    )
    return lasting(
        context, decision, throughput_test(completed, blocks.lengths_s, context.bound.limit), blocks
    )


def _judge_error_difference(context: CriterionContext) -> Decision:
    """Judge an error rate against the baseline's, with the plan's error margin on top of the limit."""
    margin = context.view.plan.judge.error_margin
    required = replace(context.bound.requirement, limit=context.bound.limit + margin)
    if reason := context.no_comparison:
        return decide(required, Estimate.unknown(), reason)
    rates = error_difference(context.blocks.pairs(lambda variant: variant.response))
    if rates is None:
        return decide(required, Estimate.unknown(len(context.blocks)))
    estimate = error_difference_estimate(rates, context.risks)
    missing = context.missing_to_compare(context.blocks)
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
