"""Bounds that hold at every look at a growing stage, so that looking often raises no more false alarms."""

from __future__ import annotations

import math

import numpy as np

BETS = tuple(np.geomspace(0.02, 0.95, 12).tolist())
"""Shares of the largest allowed bet; their capitals are averaged, as the best one is not known beforehand."""
BURN_IN = 6
"""Blocks before the first look: the boundary holds for means of several blocks."""
MAX_PIECES = 120


def normal_mixture_boundary(blocks: int, alpha: float, best_at: float) -> float:
    """Return the z score that a mean of so many blocks passes, at any look, with probability at most alpha.

    One-sided normal mixture (Howard, Ramdas, McAuliffe & Sekhon 2021), tightest near `best_at` blocks:
    z² = 2 (k + rho) / k · ln(1 + sqrt((k + rho) / rho) / (2 alpha)).
    """
    spent = math.log(1 / 0.1)
    rho = max(best_at, 1.0) / (2 * spent + math.log(1 + 2 * spent))
    return math.sqrt(2 * (blocks + rho) / blocks * math.log1p(math.sqrt((blocks + rho) / rho) / (2 * alpha)))


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


class Bets:
    """A gambler against 'each rate is at most `limit` in the mean, given the past'.

    The capital is multiplied by 1 + (c / limit) (rate - limit) per block, which cannot grow in the mean while
    the limit is kept; so it reaches 1 / alpha with probability alpha at most (Waudby-Smith & Ramdas). Errors
    may come in bursts of any shape inside a block.

    With `restarts` it is the e-CUSUM: the gambler starts anew whenever the capital falls below 1, and so sees
    a change in the middle of a stage as fast as at the start. Over K blocks the capital then reaches
    K / alpha with probability alpha at most (Shin, Ramdas & Rinaldo).
    """

    def __init__(self, limit: float, *, restarts: bool = False) -> None:
        self._limit = limit
        self._least = 0.0 if restarts else -math.inf
        self._stakes = [bet / limit for bet in BETS]
        self._capitals = [0.0] * len(BETS)

    def take(self, rate: float) -> float:
        """Bet on the next block's rate; return ln of the capital, the mean over all stakes."""
        excess, least = rate - self._limit, self._least
        # Plain floats: of a dozen numbers numpy would take three times as long.
        self._capitals = [
            max(capital, least) + math.log1p(stake * excess)
            for capital, stake in zip(self._capitals, self._stakes, strict=True)
        ]
        # ln of a mean of exponentials, from the largest so that none overflows.
        largest = max(self._capitals)
        return largest + math.log(sum([math.exp(each - largest) for each in self._capitals]) / len(BETS))
