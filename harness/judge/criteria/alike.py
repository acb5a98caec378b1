"""An absolute limit that the baseline breaks as well: the canary is accused only of what it does worse."""

from __future__ import annotations

import math
from collections.abc import Iterator

from harness.judge.criteria.context import CriterionContext
from harness.judge.decision import Decision
from harness.judge.outcome import Outcome
from harness.judge.shared_failure import shared_failure
from harness.judge.stats.limit_test import Care, is_surely
from harness.judge.stats.shares import Share, ShareDifference, Stratum
from harness.judge.windows.block import Block
from harness.judge.windows.moment import value_of
from harness.plan.criteria.measure import MeasureKind
from harness.record.events.stage import RequestErrors


def excused_if_alike(context: CriterionContext, decision: Decision) -> Decision:
    """Turn a failure inconclusive where the baseline breaks the limit as well and the canary is no worse.

    `decision` holds the canary to an absolute limit, beside a baseline.
    """
    required = decision.requirement
    breaking = [
        value for value in _baselines(context, decision) if required.op.opposite.holds(value, required.limit)
    ]
    if not breaking:
        return decision
    figure = f" ({required.spoken(breaking[0])})" if math.isfinite(breaking[0]) else ""
    too = f"The baseline breaks the limit as well{figure}"
    if _is_worse(context):
        return decision.turned(Outcome.FAIL, f"{too}, but the canary is worse.")
    shared = shared_failure(context.view.events(RequestErrors)) if context.bound.is_of_errors else None
    why = f": {shared}" if shared else ", and the canary cannot be told apart from it."
    return decision.turned(Outcome.INCONCLUSIVE, f"{too}{why}")


def _baselines(context: CriterionContext, decision: Decision) -> Iterator[float]:
    """Yield the baseline's value, and that with its failures as never answered, in base units."""
    if decision.baseline is not None:
        yield decision.baseline
    harsher = value_of(Block.merge(context.blocks.blocks).baseline, context.bound.measure)
    if harsher is not None:
        yield harsher


def _is_worse(context: CriterionContext) -> bool:
    """Whether the canary surely fails more often than the baseline, or is slower."""
    risk, blocks = context.wrong_fail, context.blocks
    old, new = (Share(each.failed, each.requests) for each in (blocks.baseline, blocks.canary))
    errors = ShareDifference([Stratum(new, old)])
    if old.n and new.n and is_surely(errors, risk, Care.END, above=True):
        return True
    if context.bound.measure.kind not in (MeasureKind.MEAN, MeasureKind.QUANTILE):
        return False
    merged, kind = context.blocks.merged, context.bound.kind
    ours, theirs = (
        context.bound.against_limit(each.latencies(kind)) for each in (merged.canary, merged.baseline)
    )
    if ours is None or theirs is None:
        return False
    return is_surely(ours.worse_than(theirs), risk, Care.END, above=True)
