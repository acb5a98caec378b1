"""How much evidence a pass needs at least; short of it a criterion is inconclusive and says why."""

from __future__ import annotations

import math

from harness.judge.planning.causes import Unprovable, reason_of
from harness.judge.planning.needs import MIN_BLOCKS, out_of_reach, requests_needed, window_too_long
from harness.judge.stats.estimate import Estimate
from harness.judge.view import StageView
from harness.judge.windows.blocks import StageBlocks
from harness.judge.words import PER_SECOND, counted, duration
from harness.plan.criteria.measure import Measure, MeasureKind


def missing_time(view: StageView, wanted_s: float | None) -> str | None:
    """Say by how much the stage is shorter than a duration."""
    too_long = window_too_long(view.design, wanted_s)
    return reason_of(too_long) if too_long else None


def missing_requests(view: StageView, measure: Measure, estimate: Estimate, limit: float) -> str | None:
    """Say what an absolute criterion is missing: a reachable limit, requests, blocks."""
    if measure.kind is MeasureKind.THROUGHPUT:
        if reason := _beyond_the_load(view, limit):
            return reason
    elif estimate.observed is None:
        return "There was no successful canary response in the measured time."
    if (more := MIN_BLOCKS - estimate.blocks) > 0:
        return (
            f"It was measured in {counted(estimate.blocks, 'block')} of {duration(view.clock.block_s)}; "
            f"{counted(more, 'more block')} needed."
        )
    needed = requests_needed(measure, limit)
    if math.isinf(needed):
        return reason_of(Unprovable(relative=False))
    if (more := int(needed) - estimate.n) > 0:
        return f"{counted(more, 'more request')} needed, even if none of them is bad."
    return None


def _beyond_the_load(view: StageView, limit_per_s: float) -> str | None:
    unreachable = out_of_reach(view.offered_per_s, limit_per_s)
    if unreachable is None:
        return None
    if view.mistakes:
        return f"The load test sent only {PER_SECOND.spoken(view.offered_per_s)}."
    return reason_of(unreachable)


def missing_blocks(view: StageView, blocks: StageBlocks) -> str | None:
    """Say how many more blocks a comparison with the baseline needs."""
    wanted = view.plan.judge.min_blocks
    if (more := wanted - len(blocks)) <= 0:
        return None
    return (
        f"A comparison needs {counted(wanted, 'block')} with enough canary requests and had {len(blocks)}; "
        f"{counted(more, 'more block')} needed."
    )
