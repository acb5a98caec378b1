"""Block lengths that beat with a period: some blocks hold one more of its pulses than others.

The difference looks like a slow wandering of the service and hides what the canary does, or is taken for it.
"""

from __future__ import annotations

import math

from harness.judge.planning.mismatches import BlocksBeat
from harness.judge.windows.design import StageDesign

NEARLY_WHOLE = 0.1
"""Of a period that blocks may be longer or shorter than whole periods."""
MANY = 5
"""Periods in a block from which on one more makes no difference."""


def whole_periods_s(block_s: float, period_s: float | None) -> float:
    """Return the block as long or longer that holds whole periods, where that makes a difference."""
    if period_s is None or not beats(block_s, period_s):
        return block_s
    return math.ceil(block_s / period_s) * period_s


def beats(block_s: float, period_s: float) -> bool:
    """Whether blocks of this length hold different numbers of pulses."""
    periods = block_s / period_s
    return periods < MANY and abs(periods - max(round(periods), 1)) > NEARLY_WHOLE


def blocks_beat(design: StageDesign, period_s: float | None) -> BlocksBeat | None:
    """Say that a stage's blocks beat with a known period."""
    block_s = design.clock.block_s
    if period_s is None or not beats(block_s, period_s):
        return None
    interval_s = design.clock.interval_s
    better_s = math.ceil(whole_periods_s(block_s, period_s) / interval_s - 1e-6) * interval_s
    return BlocksBeat(block_s, period_s, better_s)
