"""The p values at which a criterion fails: at each look at a growing stage, and at its ends."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from harness.judge.stats.spending import nominal_risks
from harness.judge.windows.pieces import looks_at


@dataclass(frozen=True)
class Schedule:
    """When a criterion is looked at, and how its risk is spent."""

    first: int
    """Blocks before the first look: fewer do not show how much they scatter."""
    power: int
    """The risk spent so far grows with this power of time (Kim & DeMets 1987)."""


LATENCIES = Schedule(first=10, power=6)
"""A slowdown little above the tolerance needs the whole stage, so most of the risk is left for its end."""
ERRORS = Schedule(first=4, power=2)
"""An error rate far above its limit shows at once."""


@dataclass(frozen=True)
class Boundary:
    """The p value that decides at each look; all looks and ends together err with one risk."""

    looks: tuple[int, ...]
    """After how many blocks each look is planned, increasing."""
    risks: tuple[float, ...]

    def at(self, blocks: int) -> float:
        """Return the p value that decides after so many blocks of the stage; 0 before the first look."""
        known = bisect_right(self.looks, blocks)
        return self.risks[known - 1] if known else 0.0


# The criteria of a stage share few boundaries, which take a millisecond for each look.
@lru_cache(maxsize=64)
def boundary(risk: float, blocks: int, ends: int, schedule: Schedule) -> Boundary:
    """Share a risk among all looks at a stage of so many blocks and its ends.

    A stage that may be extended has several ends, each so many blocks after the other: each part of the
    stage has the same share of the risk.
    """
    planned = {end * blocks for end in range(1, ends + 1)}
    looks = tuple(sorted(planned.union(look for look in looks_at(ends * blocks) if look >= schedule.first)))
    spent = [risk * _share(look / blocks, ends, schedule.power) for look in looks]
    return Boundary(looks, nominal_risks(looks, spent))


def _share(time: float, ends: int, power: int) -> float:
    """Return the share of the risk that is spent until a time, in lengths of the stage as planned."""
    whole = int(time)
    return (whole + (time - whole) ** power) / ends
