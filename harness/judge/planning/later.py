"""When a slowdown that begins in mid-stage is found: by drawn stages, and the looks at last parts of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import attrgetter

from harness.judge.planning.draws import STAGES, BlockDesign, QuantileChange, drawn_stages, planned_blocks
from harness.judge.planning.noise import RatioNoise
from harness.judge.stats.disturbance import lasts_without_worst
from harness.judge.stats.limit_test import Care, is_surely
from harness.judge.stats.noise import Witness
from harness.judge.stats.power import POWER
from harness.judge.stats.shares import ShareDifference, Stratum
from harness.judge.windows.boundary import LATENCIES
from harness.judge.windows.design import StageDesign
from harness.judge.windows.last_parts import first_of, parts_at_the_end, parts_while_running

TIMES_TOLERANCE = 2.5
"""How large a slowdown is asked about."""
BEGINS = 1 / 3
"""After how much of the measured time."""

LOOKS_MORE = 1
"""How many looks later than in drawn stages it is said to be found."""


@dataclass(frozen=True)
class LaterSlowdown:
    """A slowdown of the p95 that begins in mid-stage and stays, as a share, and when it is found."""

    slowdown: float
    begins_s: float
    found_by_s: float | None
    """By when 95 of 100 stages have failed; None if fewer do."""


@dataclass(frozen=True)
class Look:
    """A stretch of drawn blocks that is judged by itself, and the p value that decides."""

    first: int
    until: int
    risk: float
    care: Care

    @property
    def disturbances(self) -> int:
        """How many times the disturbance must not explain what is found."""
        return 2 if self.care is Care.LOOK else 1


def later_slowdown(design: StageDesign, noise: RatioNoise) -> LaterSlowdown:
    """Return when a slowdown by 2.5 times the tolerance that begins after a third of the time is found."""
    tolerance, clock = design.plan.judge.tolerance, design.clock
    begins_s = clock.settles_s + clock.planned_blocks * clock.block_s * BEGINS
    change = QuantileChange(0.95, tolerance, TIMES_TOLERANCE * tolerance)
    return LaterSlowdown(change.real, begins_s, found_by_s(design, change, noise, begins_s))


def found_by_s(
    design: StageDesign, change: QuantileChange, noise: RatioNoise, begins_s: float
) -> float | None:
    """Return how far into the stage 95 of 100 stages have failed a slowdown that begins at a moment.

    Swings and disturbances of both variants are not drawn, and may hide it from a look.
    None if fewer do by the end, or if the whole stage would keep the limit all the same.
    """
    clock, blocks = design.clock, planned_blocks(design)
    warmup_s = clock.settles_s
    since = max(begins_s - warmup_s, 0.0) / max(blocks.count * blocks.block_s, 1.0)
    if blocks.count < 2 or change.real * (1 - since) <= change.allowed:
        return None
    looks = tuple(_looks(design, blocks))
    found = _found_after(blocks, change, noise, since, looks, design.disturbance_s)
    return None if found is None else warmup_s + found * blocks.drawn.block_s


def _looks(design: StageDesign, blocks: BlockDesign) -> Iterator[Look]:
    """Yield the looks at last parts while the stage runs, and what its end judges, in order of time."""
    budget, drawn = design.budget, blocks.drawn
    of_parts = budget.looks_at_last_parts
    for look, risk in zip(of_parts.looks, of_parts.risks, strict=True):
        until = look * drawn.count // max(budget.blocks, 1)
        if until > drawn.count:
            # Of a stage that may be extended; what is drawn is the stage as it is planned.
            break
        for left_out in parts_while_running(until):
            yield Look(first_of(until, left_out), until, risk, Care.LOOK)
    yield Look(0, drawn.count, budget.at_the_end(LATENCIES), Care.END)
    for left_out in parts_at_the_end(drawn.count):
        yield Look(first_of(drawn.count, left_out), drawn.count, budget.last_part, Care.END)


@lru_cache(maxsize=64)
def _found_after(
    blocks: BlockDesign,
    change: QuantileChange,
    noise: RatioNoise,
    since: float,
    looks: tuple[Look, ...],
    disturbance_s: float,
) -> int | None:
    """Return after how many drawn blocks the slowdown is found in 95 of 100 stages."""
    count = max(1, math.ceil(disturbance_s / blocks.drawn.block_s - 1e-6))
    begins = math.floor(since * blocks.drawn.count)
    seen = [look for look in looks if look.until > begins]
    stages = [*drawn_stages(blocks, change, noise, begins)]
    spare = len(stages) - math.ceil(POWER * STAGES)
    after = after_all_but(spare, len(stages), seen, lambda number, look: _fails(stages[number], look, count))
    if after is None:
        return None
    later = sorted({look.until for look in seen if look.until >= after})
    return later[min(LOOKS_MORE, len(later) - 1)]


def after_all_but(
    spare: int, stages: int, looks: Sequence[Look], fails: Callable[[int, Look], bool]
) -> int | None:
    """Return after how many blocks all of so many stages but `spare` have failed; None if fewer ever do.

    One stage more than `spare` that no look so far has failed is enough to go on to the next look. So most
    stages are first asked when they have failed already, and the latest look nearly always says so.
    """
    if spare < 0:
        return None
    unasked, unfailed, so_far = iter(range(stages)), list[int](), list[Look]()
    for until, group in groupby(looks, attrgetter("until")):
        now = [*group]
        so_far = [*now, *so_far]
        unfailed = [stage for stage in unfailed if not any(fails(stage, look) for look in now)]
        while len(unfailed) <= spare:
            if (stage := next(unasked, None)) is None:
                return int(until)
            if not any(fails(stage, look) for look in so_far):
                unfailed.append(stage)
    return None


def _fails(stage: Stratum, look: Look, count: int) -> bool:
    before = ShareDifference([stage.part(0, look.first)]).influence if look.first else None
    witness = None if before is None else Witness(before)
    test = ShareDifference([stage.part(look.first, look.until)], witness)
    if test.value <= 0 or not is_surely(test, look.risk, look.care, above=True):
        return False
    return lasts_without_worst(test, min(count * look.disturbances, len(test) // 2), above=True)
