"""At the end of a stage: what one disturbance explains does not fail it."""

from __future__ import annotations

import math

from harness.judge.criteria.context import CriterionContext
from harness.judge.decision import Decision
from harness.judge.outcome import Outcome
from harness.judge.stats.disturbance import explanation
from harness.judge.stats.limit_test import LimitTest
from harness.judge.windows.blocks import StageBlocks
from harness.judge.words import duration


def lasting(
    context: CriterionContext, decision: Decision, test: LimitTest | None, blocks: StageBlocks
) -> Decision:
    """Turn a failure that one stretch of time explains into an inconclusive outcome, and say when it was."""
    if decision.outcome is not Outcome.FAIL or test is None or not len(blocks):
        return decision
    count = math.ceil(context.disturbance_s / float(blocks.lengths_s.max()) - 1e-6)
    above = context.bound.criterion.op.bounds_above
    first = explanation(test, max(count, 1), above=above)
    if first is None:
        return decision
    return decision.turned(Outcome.INCONCLUSIVE, _explained(blocks, first, count))


def _explained(blocks: StageBlocks, first: int, count: int) -> str:
    last = min(first + max(count, 1), len(blocks)) - 1
    begin_s = blocks.ends_s[first] - float(blocks.lengths_s[first])
    stretch = f"from {duration(begin_s)} to {duration(blocks.ends_s[last])}"
    return (
        f"Without the time {stretch} it would not be broken, "
        "and what lasts no longer than `judge.disturbance` does not fail a stage."
    )
