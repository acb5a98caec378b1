"""When faults are active: pure functions of the faults, a seed and the time since the faults were set."""

from __future__ import annotations

import math
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.plan.faults import Faults

EPISODE_S = 0.3


def error_share(faults: Faults, seed: str, age_s: float) -> float:
    """Return the share of responses that fail at this moment, steady and bursty errors together."""
    dense = math.sqrt(faults.bursty_errors) if in_episode(faults.bursty_errors, seed, age_s) else 0.0
    return 1 - (1 - faults.errors) * (1 - dense)


def in_episode(share: float, seed: str, age_s: float) -> bool:
    """Return whether bursty errors of this mean share are active now.

    Episodes last 0.3 s. They fill sqrt(share) of the time, and sqrt(share) of the responses in them fail:
    the product is the share. Each cycle of 0.3 s / sqrt(share) has one, at a seeded place.
    """
    if share <= 0:
        return False
    cycle_s = EPISODE_S / math.sqrt(share)
    cycle = int(age_s / cycle_s)
    begin_s = cycle * cycle_s + _place(seed, cycle) * (cycle_s - EPISODE_S)
    return begin_s <= age_s < begin_s + EPISODE_S


@lru_cache(maxsize=64)
def _place(seed: str, cycle: int) -> float:
    return Random(f"{seed}/{cycle}").random()  # noqa: S311  # a draw of a simulation


def is_stalled(faults: Faults, age_s: float) -> bool:
    """Return whether responses are held back now."""
    stall = faults.stall
    return stall is not None and stall.at_s <= age_s < stall.at_s + stall.for_s


def is_refusing(faults: Faults, age_s: float) -> bool:
    """Return whether connections are refused now."""
    return faults.refuse_s is not None and age_s >= faults.refuse_s


def is_crashed(faults: Faults, age_s: float) -> bool:
    """Return whether the process must have crashed by now."""
    return faults.crash_s is not None and age_s >= faults.crash_s
