"""Bounds that hold at every look at a growing stage, so that looking often raises no more false alarms."""

from __future__ import annotations

import math

from harness.judge.stats.special import ndtr

MAX_PIECES = 120


def normal_mixture_boundary(blocks: int, alpha: float, best_at: float) -> float:
    """Return the z score that a mean of so many blocks passes, at any look, with probability at most alpha.

    One-sided normal mixture (Howard, Ramdas, McAuliffe & Sekhon 2021), tightest near `best_at` blocks:
    z² = 2 (k + rho) / k · ln(1 + sqrt((k + rho) / rho) / (2 alpha)).
    """
    spent = math.log(1 / 0.1)
    rho = max(best_at, 1.0) / (2 * spent + math.log(1 + 2 * spent))
    return math.sqrt(2 * (blocks + rho) / blocks * math.log1p(math.sqrt((blocks + rho) / rho) / (2 * alpha)))


def normal_mixture_p(blocks: int, alpha: float, best_at: float) -> float:
    """Return the one-sided p value that belongs to the boundary."""
    return ndtr(-normal_mixture_boundary(blocks, alpha, best_at))


class Doubling:
    """How many blocks are merged into one piece, so that there are never more than `most` pieces.

    When there are that many, every two become one, and twice as many blocks go into those to come. So a stage
    of any length is looked at by 60 to 120 pieces, which resemble their neighbours less the longer they are.
    A look depends on nothing but the blocks before it: a growing stage and a finished one have the same.
    """

    def __init__(self, most: int = MAX_PIECES) -> None:
        self.blocks_each = 1
        self._most = most
        self._pieces = 0

    @property
    def blocks(self) -> int:
        """The number of blocks in all pieces."""
        return self._pieces * self.blocks_each

    def add(self) -> bool:
        """Count one piece more; return whether every two must become one now."""
        self._pieces += 1
        if self._pieces < self._most:
            return False
        self._pieces //= 2
        self.blocks_each *= 2
        return True
