"""A number held against a limit by blocks: how sure it is that the truth lies on one side of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, Self

import numpy as np

from harness.judge.stats.noise import Floats, Noise, Witness, block_noise, in_pairs
from harness.judge.stats.special import stdtr

STRONGLY_CORRELATED = 0.55
"""From this lag-1 correlation on, blocks are too short for the noise they show."""


class Care(Enum):
    """What a test decides, and so from how many blocks on blocks twice as long have to agree with it."""

    END = "a failure at the end of the stage: where blocks are strongly correlated"
    LOOK = "a failure while the stage runs: always"
    PASS = "a pass: always"  # noqa: S105  # an outcome, no password

    @property
    def pairs_from(self) -> int:
        """The fewest blocks that are compared with blocks twice as long."""
        return 16 if self is Care.PASS else 12


class LimitTest(Protocol):
    """Tests where the truth lies by K blocks of evidence."""

    def __len__(self) -> int:
        """Return the number of blocks."""
        ...

    def p_beyond(self, risk: float, care: Care, *, above: bool) -> float:
        """Return how probable so much evidence for one side would be if the truth were exactly the limit.

        At most `risk` means surely on that side; some tests have to know it beforehand.
        """
        ...

    @property
    def beyond(self) -> Floats:
        """How far each block is above the limit, (K,)."""
        ...

    def without(self, first: int, count: int) -> LimitTest:
        """Return the same test with this stretch of blocks left out."""
        ...


def is_surely(test: LimitTest, risk: float, care: Care, *, above: bool) -> bool:
    """Whether the truth is beyond the limit on one side, wrongly claimed with at most this probability."""
    return test.p_beyond(risk, care, above=above) <= risk


def needs_pairs(noise: Noise, blocks: int, care: Care) -> bool:
    """Whether blocks twice as long have to agree."""
    enough = blocks >= care.pairs_from
    return enough and (care is not Care.END or noise.correlation > STRONGLY_CORRELATED)


def p_of_mean(
    excess: float, influence: Floats, floor: float, care: Care, witness: Witness | None = None
) -> float:
    """Return the one-sided p value of a mean above zero, by Student's t; the largest that blocks show.

    `influence` (K,) is what each block adds to the mean, `floor` the least standard error it can have. Blocks
    before them that a `witness` knows may hold a change themselves, so these K alone are asked as well; of
    two chances each has half of the risk (Bonferroni).
    """
    p = _p_by(excess, influence, floor, care, witness)
    if witness is None or not len(witness.earlier):
        return p
    alone = _p_by(excess, influence, floor, care, Witness(even=witness.even))
    return min(2 * min(p, alone), 1.0)


def _p_by(excess: float, influence: Floats, floor: float, care: Care, witness: Witness | None) -> float:
    noise = block_noise(influence, witness)
    p = _tail(excess, noise, floor)
    if not needs_pairs(noise, len(influence), care):
        return p
    in_twos = block_noise(in_pairs(influence), witness.in_pairs() if witness else None)
    return max(p, _tail(excess, in_twos, floor))


def _tail(excess: float, noise: Noise, floor: float) -> float:
    se = max(noise.se, floor)
    if se <= 0:
        return 0.0 if excess > 0 else 1.0
    return stdtr(noise.degrees, -excess / se)


@dataclass(frozen=True, eq=False)
class MeanTest:
    """Tests whether a mean exceeds a limit; `influence` (K,) is what each block adds to it, 0 on average."""

    excess: float
    influence: Floats
    floor: float = 0.0
    witness: Witness | None = None

    def __len__(self) -> int:
        return len(self.influence)

    @property
    def beyond(self) -> Floats:
        """How far each block is above the limit, (K,)."""
        return self.excess + self.influence

    def p_beyond(self, risk: float, care: Care, *, above: bool) -> float:
        """Return the p value of one side; the risk makes no difference."""
        excess = self.excess if above else -self.excess
        return p_of_mean(excess, self.influence, self.floor, care, self.witness)

    def without(self, first: int, count: int) -> Self:
        """Return the same test with this stretch of blocks left out."""
        kept = np.delete(self.influence, slice(first, first + count))
        moved = float(kept.mean()) if len(kept) else 0.0
        blocks = max(len(kept), 1)
        floor = self.floor * math.sqrt(len(self) / blocks)
        return type(self)(
            self.excess + moved, kept - moved, floor, self.witness and self.witness.without(first, count)
        )
