"""The canary against the baseline of the same seconds."""

from __future__ import annotations

import math
from collections.abc import Callable

from harness.judge.stats.estimate import Mean
from harness.judge.stats.latency import Latencies, Linearized

Statistic = Callable[[Latencies], Linearized | None]
Comparison = Callable[[Latencies, Latencies, Statistic], Mean | None]


def log_ratio(baseline: Latencies, canary: Latencies, statistic: Statistic) -> Mean | None:
    """Estimate ln(canary / baseline) of a latency statistic; None where one of them has none.

    The influences of the two variants in one block are subtracted, so that a burst that hits both cancels.
    """
    pair = _pair(baseline, canary, statistic)
    if pair is None:
        return None
    old, new = pair
    return Mean.of(
        math.log(new.value_s / old.value_s),
        new.influence_s / new.value_s - old.influence_s / old.value_s,
        new.n,
        math.hypot(new.floor_s / new.value_s, old.floor_s / old.value_s),
    )


def difference(baseline: Latencies, canary: Latencies, statistic: Statistic) -> Mean | None:
    """Estimate canary - baseline of a latency statistic in seconds; None where one of them has none."""
    pair = _pair(baseline, canary, statistic)
    if pair is None:
        return None
    old, new = pair
    return Mean.of(
        new.value_s - old.value_s,
        new.influence_s - old.influence_s,
        new.n,
        math.hypot(new.floor_s, old.floor_s),
    )


def _pair(
    baseline: Latencies, canary: Latencies, statistic: Statistic
) -> tuple[Linearized, Linearized] | None:
    old, new = statistic(baseline), statistic(canary)
    return (old, new) if old is not None and new is not None else None
