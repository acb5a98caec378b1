"""The canary against the baseline of the same seconds."""

from __future__ import annotations

import math
from collections.abc import Callable

from harness.judge.bounds import Risks
from harness.judge.estimate import Estimate
from harness.judge.latency import Effect, Latencies

Statistic = Callable[[Latencies], Effect | None]


def ratio_estimate(baseline: Latencies, canary: Latencies, statistic: Statistic, risks: Risks) -> Estimate:
    """Estimate canary / baseline - 1 of a latency statistic, with paired block bounds.

    On the scale of ln(canary / baseline) the influences of the two variants in one block are subtracted, so
    that a burst which hits both cancels.
    """
    pair = _pair(baseline, canary, statistic)
    if pair is None:
        return Estimate.unknown(blocks=len(canary))
    old, new = pair
    log = Estimate.of_blocks(
        math.log(new.value_s / old.value_s),
        new.influence_s / new.value_s - old.influence_s / old.value_s,
        new.n,
        risks,
        floor=math.hypot(new.floor_s / new.value_s, old.floor_s / old.value_s),
    )
    return Estimate(new.value_s / old.value_s - 1, _expm1(log.lower), _expm1(log.upper), log.n, log.blocks)


def difference_estimate(
    baseline: Latencies, canary: Latencies, statistic: Statistic, risks: Risks
) -> Estimate:
    """Estimate canary - baseline of a latency statistic in seconds, with paired block bounds."""
    pair = _pair(baseline, canary, statistic)
    if pair is None:
        return Estimate.unknown(blocks=len(canary))
    old, new = pair
    return Estimate.of_blocks(
        new.value_s - old.value_s,
        new.influence_s - old.influence_s,
        new.n,
        risks,
        floor=math.hypot(new.floor_s, old.floor_s),
    )


def _pair(baseline: Latencies, canary: Latencies, statistic: Statistic) -> tuple[Effect, Effect] | None:
    old, new = statistic(baseline), statistic(canary)
    if old is None or new is None or old.value_s <= 0 or new.value_s <= 0:
        return None
    return old, new


def _expm1(value: float) -> float:
    return math.expm1(value) if value < 700 else math.inf
