"""Whether what a test shows lasted: one disturbance must not decide by itself."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.judge.stats.limit_test import Care, LimitTest

WITHOUT = 0.05
"""What is left without a disturbance must still be this improbable where the limit is kept."""


def lasts(test: LimitTest, count: int, *, above: bool) -> bool:
    """Whether the evidence for a side remains whichever `count` blocks on end are left out.

    Where those blocks are nearly all that there are, nothing has lasted.
    """
    return count < len(test) - 1 and all(p <= WITHOUT for p in _without_each(test, count, above=above))


def lasts_without_worst(test: LimitTest, count: int, *, above: bool) -> bool:
    """Whether the evidence remains without the stretch furthest beyond: nearly always what `lasts` says.

    For thousands of drawn stages, where leaving out each stretch in turn would take too long.
    """
    if count >= len(test) - 1:
        return False
    sums = np.convolve(test.beyond if above else -test.beyond, np.ones(count), mode="valid")
    rest = test.without(int(sums.argmax()), count)
    return rest.p_beyond(WITHOUT, Care.END, above=above) <= WITHOUT


def explanation(test: LimitTest, count: int, *, above: bool) -> int | None:
    """Find the first of the `count` blocks on end that the evidence rests on most; None where it lasts."""
    if count >= len(test) - 1:
        return 0
    ps = list(_without_each(test, count, above=above))
    return ps.index(max(ps)) if max(ps) > WITHOUT else None


def _without_each(test: LimitTest, count: int, *, above: bool) -> Iterator[float]:
    for first in range(len(test) - count + 1):
        yield test.without(first, count).p_beyond(WITHOUT, Care.END, above=above)
