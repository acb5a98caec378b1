"""How much evidence a pass needs at least; short of it a criterion is inconclusive and says what lacks."""

from __future__ import annotations

import math

from harness.judge.stats.estimate import Estimate
from harness.judge.view import StageView
from harness.judge.windows.blocks import StageBlocks
from harness.judge.windows.budget import WRONG_PASS
from harness.judge.words import counted, duration
from harness.plan.criteria.criterion import Criterion
from harness.plan.criteria.measure import Measure, MeasureKind

MIN_BLOCKS = 6
"""With fewer blocks nothing can be said about how much requests of the same moment resemble each other."""


def missing_time(view: StageView, criterion: Criterion) -> str | None:
    """Say by how much the stage is too short for a promise `for` a duration."""
    return missing_time_of(view, criterion.for_s)


def missing_time_of(view: StageView, wanted_s: float | None) -> str | None:
    """Say by how much the stage is shorter than a duration."""
    stage_s = view.stage.duration_s
    if wanted_s is None or wanted_s <= stage_s + 1e-6:
        return None
    return f"It must hold for {duration(wanted_s)}, and the stage lasts {duration(stage_s)}."


def missing_requests(view: StageView, measure: Measure, estimate: Estimate, limit: float) -> str | None:
    """Say what an absolute criterion lacks: a reachable limit, requests, blocks."""
    if measure.kind is MeasureKind.THROUGHPUT:
        if view.planned_per_s <= limit:
            return f"The plan offers only {view.planned_per_s:,.6g}/s, so the limit cannot be reached."
    elif estimate.observed is None:
        return "There was no successful canary response in the measured time."
    if (lacking := MIN_BLOCKS - estimate.blocks) > 0:
        return (
            f"It was measured in {counted(estimate.blocks, 'block')} of {duration(view.clock.block_s)}; "
            f"{counted(lacking, 'more block')} needed."
        )
    if (lacking := fewest_requests(measure, limit) - estimate.n) > 0:
        return f"{counted(lacking, 'more request')} needed, even if none of them is bad."
    return None


def fewest_requests(measure: Measure, limit: float) -> int:
    """Count the requests, all of them good, from which a pass could follow at all."""
    match measure.kind:
        case MeasureKind.ERROR_RATE if 0 < limit < 1:
            return math.ceil(math.log(WRONG_PASS) / math.log1p(-limit))
        case MeasureKind.QUANTILE if measure.quantile:
            return math.ceil(math.log(WRONG_PASS) / math.log(measure.quantile))
        case _:
            return 1


def missing_blocks(view: StageView, blocks: StageBlocks) -> str | None:
    """Say how many blocks a comparison with the baseline lacks."""
    wanted = view.plan.judge.min_blocks
    if (lacking := wanted - len(blocks)) <= 0:
        return None
    return (
        f"A comparison needs {counted(wanted, 'block')} with enough canary requests and had {len(blocks)}; "
        f"{counted(lacking, 'more block')} needed."
    )
