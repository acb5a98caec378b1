"""How often two services that are the same are called different: requests taken as independent, and blocks.

python docs/explanation/why_blocks.py
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

PAIRS, SECONDS, REQUESTS_PER_S, BLOCK_S = 1000, 120, 50, 10
ALPHA = 0.01


def false_alarms(pairs: int = PAIRS, seed: int = 1) -> tuple[float, float]:
    """Return the share of pairs called different at 1 %: by all requests, and by the means of 10 s blocks.

    The logarithm of a latency is the level of its second, which wanders by 10 % and remembers 60 % of the
    second before, plus 40 % of noise of its own. Both services of a pair have the same law.
    """
    draw = np.random.default_rng(seed)
    by_requests = by_blocks = 0
    for _ in range(pairs):
        one, other = (_latencies(draw) for _ in range(2))
        by_requests += bool(stats.ttest_ind(one.ravel(), other.ravel()).pvalue < ALPHA)
        by_blocks += bool(stats.ttest_ind(_blocks(one), _blocks(other)).pvalue < ALPHA)
    return by_requests / pairs, by_blocks / pairs


def _latencies(draw: np.random.Generator) -> NDArray[np.float64]:
    level = np.empty(SECONDS)
    level[0] = draw.normal(0, 0.1)
    for second in range(1, SECONDS):
        level[second] = 0.6 * level[second - 1] + 0.8 * draw.normal(0, 0.1)
    return level[:, None] + draw.normal(0, 0.4, (SECONDS, REQUESTS_PER_S))


def _blocks(latencies: NDArray[np.float64]) -> NDArray[np.float64]:
    return latencies.reshape(-1, BLOCK_S * REQUESTS_PER_S).mean(axis=1)


if __name__ == "__main__":
    requests, blocks = false_alarms()
    print(f"by requests {requests:.1%}, by blocks {blocks:.1%}")  # noqa: T201  # its one output
