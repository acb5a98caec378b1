"""Blocks in which the baseline was not disturbed: a disturbance of both variants hides a change that lasts.

Where it is left out is decided by the baseline alone, so that nothing the canary does leaves evidence out.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.judge.stats.latency import Pair
from harness.judge.stats.position import position_at_count

LEVEL = 0.95
DISTURBED = 3.0
"""Times as many of a disturbed block's requests are above the baseline's p95 as of all."""
MAX_DISTURBED = 0.25
"""Where more of the blocks are so, that is how the baseline is."""


def calm(pairs: Sequence[Pair], first: int) -> tuple[list[Pair], int]:
    """Leave out disturbed blocks; return the rest, and the place in it of the block `first`."""
    disturbed = _disturbed(pairs)
    if not disturbed.any() or disturbed.mean() > MAX_DISTURBED:
        return list(pairs), first
    kept = np.flatnonzero(~disturbed)
    return [pair.of_blocks(kept) for pair in pairs], int(np.searchsorted(kept, first))


def _disturbed(pairs: Sequence[Pair]) -> NDArray[np.bool_]:
    tables = [pair.baseline.successful for pair in pairs]
    cumulated = sum(pair.baseline.cumulated for pair in pairs)
    sizes = sum(table.totals for table in tables)
    if not isinstance(cumulated, np.ndarray) or not cumulated[-1]:
        return np.zeros(len(pairs[0].baseline) if pairs else 0, dtype=bool)
    place = position_at_count(cumulated, LEVEL * float(cumulated[-1]))
    above = sum(table.above(place) for table in tables)
    return np.asarray(above > DISTURBED * (1 - LEVEL) * sizes)
