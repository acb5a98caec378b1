"""Looking at a stage while it runs, as often as one likes, without more false alarms."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy.special import logsumexp

from harness.judge.noise import Floats

BETS = np.geomspace(0.02, 0.95, 12)
"""Shares of the largest allowed bet; their capitals are averaged, as the best one is not known beforehand."""
BURN_IN = 6
"""Blocks before the first look: the boundary holds for means of several blocks."""
EVERY_LOOK_UP_TO = 60
LOOKS_APART = 1.02


def normal_mixture_boundary(blocks: int, alpha: float, best_at: float) -> float:
    """Return the z score that a mean of so many blocks passes, at any look, with probability at most alpha.

    One-sided normal mixture (Howard, Ramdas, McAuliffe & Sekhon 2021), tightest near `best_at` blocks:
    z² = 2 (k + rho) / k · ln(1 + sqrt((k + rho) / rho) / (2 alpha)).
    """
    spent = math.log(1 / 0.1)
    rho = max(best_at, 1.0) / (2 * spent + math.log(1 + 2 * spent))
    return math.sqrt(2 * (blocks + rho) / blocks * math.log1p(math.sqrt((blocks + rho) / rho) / (2 * alpha)))


def looks(blocks: int) -> Iterator[int]:
    """Yield the numbers of blocks after which to look: each of the first 60, then 2 % apart.

    The next look depends on nothing but the last one, so a growing stage and a finished one have the same.
    """
    look = BURN_IN
    while look <= blocks:
        yield look
        look = look + 1 if look < EVERY_LOOK_UP_TO else math.ceil(look * LOOKS_APART)


def betting_evidence(rates: Floats, limit: float) -> Floats:
    """Return ln of the e-value against 'each rate is at most `limit` in the mean, given the past', (K,).

    A gambler bets on rates above the limit: capital times 1 + (c / limit) (rate - limit) per block, which
    cannot grow in the mean while the promise holds; so it reaches 1 / alpha with probability alpha at most
    (Waudby-Smith & Ramdas). Errors may come in bursts of any shape inside a block.
    """
    stakes = BETS[:, None] / limit
    capitals = np.cumsum(np.log1p(stakes * (rates[None, :] - limit)), axis=1)
    return np.asarray(logsumexp(capitals, axis=0)) - math.log(len(BETS))


def restarting_evidence(rates: Floats, limit: float) -> Floats:
    """Return ln of the e-CUSUM: the same gambler, who starts anew whenever the capital falls below 1, (K,).

    It sees a change in the middle of a stage as fast as at the start. Over K blocks the capital reaches
    K / alpha with probability alpha at most (Shin, Ramdas & Rinaldo).
    """
    gains = np.log1p(BETS[None, :] / limit * (rates[:, None] - limit))
    capitals, capital = np.empty_like(gains), np.zeros(len(BETS))
    for number, gain in enumerate(gains):
        capital = np.maximum(capital, 0.0) + gain
        capitals[number] = capital
    return np.asarray(logsumexp(capitals, axis=1)) - math.log(len(BETS))
