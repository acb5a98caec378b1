"""What accuses the canary: not what the baseline suffers alike, and not that it was sent other requests."""

from __future__ import annotations

import math
from collections.abc import Iterator

from harness.judge.comparisons.error_rate import error_difference
from harness.judge.criteria.context import CriterionContext
from harness.judge.decision import Decision
from harness.judge.outcome import Outcome
from harness.judge.shared_failure import shared_failure
from harness.judge.stats.limit_test import Care, is_surely
from harness.judge.windows.block import Block
from harness.judge.windows.mix import Apart
from harness.judge.windows.moment import value_of
from harness.plan.criteria.measure import MeasureKind
from harness.record.events.stage import RequestErrors


def fairly(context: CriterionContext, decision: Decision) -> Decision:
    """Judge a decision beside a baseline again, by what accuses the canary alone.

    A comparison needs the same endpoints. A limit that the baseline breaks as well, or that may be broken
    because the canary was sent other requests, fails only a canary that is worse at the same mix.
    """
    mix = context.blocks.mix
    if context.bound.criterion.is_relative:
        if mix.incomparable is None:
            return decision
        because = f"{mix.incomparable.spoken} So the variants cannot be compared."
        return decision.turned(Outcome.INVALID, because)
    if decision.outcome is not Outcome.FAIL or context.bound.measure.kind is MeasureKind.THROUGHPUT:
        return decision
    breaking = _breaking(context, decision)
    if breaking is not None:
        return _excused_if_alike(context, decision, breaking)
    moved = mix.incomparable or mix.moved
    return decision if moved is None else _excused_by_mix(context, decision, moved)


def _excused_by_mix(context: CriterionContext, decision: Decision, moved: Apart) -> Decision:
    if _is_worse(context):
        return decision.turned(Outcome.FAIL, f"{moved.spoken} At the same mix the canary is worse, too.")
    because = (
        f"At the same mix the canary cannot be told apart from the {context.bound.reference}, "
        "so the mix may be the cause."
    )
    return decision.turned(Outcome.INVALID, f"{moved.spoken} {because}")


def _excused_if_alike(context: CriterionContext, decision: Decision, breaking: float) -> Decision:
    figure = f" ({decision.requirement.spoken(breaking)})" if math.isfinite(breaking) else ""
    too = f"The {context.bound.reference} breaks the limit as well{figure}"
    if _is_worse(context):
        return decision.turned(Outcome.FAIL, f"{too}, but the canary is worse.")
    errors = context.view.events(RequestErrors) if context.bound.is_of_errors else ()
    shared = shared_failure(errors, context.bound.reference)
    why = f": {shared}" if shared else ", and the canary cannot be told apart from it."
    return decision.turned(Outcome.INCONCLUSIVE, f"{too}{why}")


def _breaking(context: CriterionContext, decision: Decision) -> float | None:
    """Return the baseline's value, if it breaks the limit as well."""
    required = decision.requirement
    values = _baselines(context, decision)
    return next((value for value in values if required.op.opposite.holds(value, required.limit)), None)


def _baselines(context: CriterionContext, decision: Decision) -> Iterator[float]:
    """Yield the baseline's value, and that with its failures as never answered, in base units."""
    if decision.baseline is not None:
        yield decision.baseline
    harsher = value_of(Block.merge(context.blocks.blocks).baseline, context.bound.measure)
    if harsher is not None:
        yield harsher


def _is_worse(context: CriterionContext) -> bool:
    """Whether the canary surely fails more often than the baseline, or is slower, at the same mix."""
    risk, bound = context.wrong_fail, context.bound
    errors = error_difference(context.blocks.pairs(lambda variant: variant.response))
    if errors is not None and is_surely(errors, risk, Care.END, above=True):
        return True
    if bound.measure.kind not in (MeasureKind.MEAN, MeasureKind.QUANTILE):
        return False
    slower = bound.excess(context.blocks.merged.pairs(lambda variant: variant.latencies(bound.kind)))
    return slower is not None and is_surely(slower, risk, Care.END, above=True)
