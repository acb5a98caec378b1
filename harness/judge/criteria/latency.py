"""Criteria about latencies: percentiles, mean and maximum, against a quantity or the baseline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from harness.judge.criteria.context import CriterionContext
from harness.judge.criteria.lasting import lasting
from harness.judge.decision import Decision, decide
from harness.judge.stats.estimate import Estimate
from harness.judge.stats.latency import Latencies, max_estimate, observed_mean_s, observed_quantile_s
from harness.judge.windows.blocks import StageBlocks, VariantBlocks
from harness.judge.words import counted
from harness.plan.criteria.measure import MeasureKind
from harness.record.histograms.clocks import CLOCKS
from harness.record.histograms.tag import Kind

Pick = Callable[[VariantBlocks], Latencies]


def judge_latency(context: CriterionContext) -> Decision:
    """Judge a latency, if its clock was read for every response."""
    if reason := _untimed(context):
        return decide(context.bound.requirement, Estimate.unknown(), reason)
    return _against_baseline(context) if context.bound.criterion.is_relative else _against_limit(context)


def _against_limit(context: CriterionContext) -> Decision:
    def judged(pick: Pick) -> Decision:
        canary = pick(context.blocks.canary)
        of_slowest = context.bound.measure.kind is MeasureKind.MAX
        compared = None if of_slowest else context.bound.against_limit(canary, of_stage=context.of_stage)
        estimate = max_estimate(canary) if of_slowest else context.estimate(compared, len(canary))
        decision = decide(
            context.bound.requirement,
            estimate,
            context.missing(estimate),
            context.detectable(estimate),
            _of_baseline_s(context, context.blocks),
        )
        return lasting(context, decision, compared.test if compared else None, context.blocks)

    return _with_failures(context, context.blocks, judged)


def _against_baseline(context: CriterionContext) -> Decision:
    if reason := context.no_comparison:
        return decide(context.bound.requirement, Estimate.unknown(), reason)
    merged = context.merged

    def judged(pick: Pick) -> Decision:
        compared = context.change(pick)
        estimate = context.estimate(compared, len(merged))
        decision = decide(
            context.bound.requirement,
            estimate,
            context.missing_to_compare(merged),
            context.detectable(estimate),
            _of_baseline_s(context, merged),
        )
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
    return replace(harsher, remarks=(because, *harsher.remarks))


def _of_baseline_s(context: CriterionContext, blocks: StageBlocks) -> float | None:
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
