"""Failing early: looks at the stage as it grows, with the same answer live and afterwards."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.judge.asked import Asked
from harness.judge.blocks import ByKind, StageBlocks, thick_groups
from harness.judge.estimate import Mean
from harness.judge.sequential import betting_evidence, looks, normal_mixture_boundary, restarting_evidence
from harness.judge.view import StageView
from harness.plan.change import Ratio
from harness.plan.measure import MeasureKind
from harness.record.histogram import Histogram
from harness.record.tag import Kind

GROSS = 0.25
"""A gross regression is a p95 this much above the baseline's, or above an absolute limit."""
GROSS_QUANTILE = 0.95


@dataclass(frozen=True)
class Alarm:
    """A broken promise that is already sure `at_s` seconds into the stage."""

    at_s: float


def alarm_of(asked: Asked) -> Alarm | None:
    """Find the first moment at which a criterion was surely broken, if it ever was.

    Promises about the last part of a stage, about throughput and about the slowest request wait for its end.
    """
    measure = asked.measure
    if asked.criterion.for_s is not None or not asked.criterion.op.bounds_above:
        return None
    if measure.kind is MeasureKind.ERROR_RATE:
        return None if asked.criterion.is_relative else _error_alarm(asked)
    if measure.kind not in (MeasureKind.MEAN, MeasureKind.QUANTILE):
        return None
    if asked.criterion.is_relative:
        return _comparison_alarm(asked) if asked.view.has_both else None
    return earliest((_level_alarm(asked), _jump_alarm(asked)))


def gross_regression(view: StageView) -> Alarm | None:
    """Find the moment at which the canary's p95 was surely far above the baseline's of the same seconds.

    In each short block, the share of canary requests slower than (1 + gross) times the baseline's p95 of that
    block should be at most 5 %. Failures count as never answered.
    """
    if not view.has_both:
        return None
    blocks = view.fast.grouped(enough_groups(view.fast))
    factor = 1 + gross_of(view)
    limits_us = [factor * _p95_us(block[Kind.RESPONSE]) for block in blocks.baseline.blocks]
    return _restarting_alarm(view, blocks, Kind.RESPONSE, limits_us, GROSS_QUANTILE)


def gross_of(view: StageView) -> float:
    """Return how much above the baseline counts as gross: well above what the plan tolerates."""
    return max(GROSS, 2.5 * view.plan.judge.tolerance)


def earliest(alarms: Iterable[Alarm | None]) -> Alarm | None:
    """Return the first of the alarms that sounded."""
    return min((alarm for alarm in alarms if alarm), key=lambda alarm: alarm.at_s, default=None)


def _error_alarm(asked: Asked) -> Alarm | None:
    """Bet against the error rate's promise, short block by short block."""
    blocks = asked.fast
    requests = blocks.canary.requests
    seen = np.flatnonzero(requests)
    if not len(seen) or not 0 < asked.limit < 1:
        return None
    rates = blocks.canary.failed[seen] / requests[seen]
    evidence = betting_evidence(rates, asked.limit)
    return _first(evidence >= math.log(1 / asked.view.budget.early), [blocks.ends_s[place] for place in seen])


def _comparison_alarm(asked: Asked) -> Alarm | None:
    """Look at the paired block statistic after each block."""
    thick = asked.blocks.thick
    old, new = (blocks.latencies(asked.kind) for blocks in (thick.baseline, thick.canary))
    in_ratio = isinstance(asked.criterion.limit, Ratio)
    limit = math.log1p(asked.limit) if in_ratio and asked.limit > -1 else asked.limit
    when = list(looks(len(thick)))
    grown = zip(old.growing(when), new.growing(when), strict=True)
    means = (asked.comparison(before, after, asked.statistic) for before, after in grown)
    return _boundary_alarm(asked.view, thick, limit, means)


def _level_alarm(asked: Asked) -> Alarm | None:
    """Look at ln of the statistic after each block."""
    if asked.limit <= 0:
        return None
    latencies = asked.blocks.canary.latencies(asked.kind)
    effects = (asked.statistic(grown) for grown in latencies.growing(list(looks(len(latencies)))))
    means = (effect.log_mean if effect else None for effect in effects)
    return _boundary_alarm(asked.view, asked.blocks, math.log(asked.limit), means)


def _boundary_alarm(
    view: StageView, blocks: StageBlocks, limit: float, means: Iterable[Mean | None]
) -> Alarm | None:
    # Nobody knows of an extension before it begins, so looks take the planned length.
    best_at = view.clock.planned_blocks / view.parts / 2
    for look, mean in zip(looks(len(blocks)), means, strict=True):
        boundary = normal_mixture_boundary(look, view.budget.early, best_at)
        if mean is not None and mean.z_above(limit) > boundary:
            return Alarm(blocks.ends_s[look - 1])
    return None


def _jump_alarm(asked: Asked) -> Alarm | None:
    """Watch for a percentile far above an absolute limit, also when it only gets there in mid-stage."""
    if asked.measure.quantile is None:
        return None
    limits_us = [(1 + GROSS) * asked.limit * 1e6] * len(asked.fast)
    return _restarting_alarm(asked.view, asked.fast, asked.kind, limits_us, asked.measure.quantile)


def _restarting_alarm(
    view: StageView, blocks: StageBlocks, kind: Kind, limits_us: Sequence[float], p: float
) -> Alarm | None:
    """Bet, starting anew at any time, that more than 1 - p of the requests exceed a block's limit."""
    shares = [
        _slow_share(block, kind, limit) for block, limit in zip(blocks.canary.blocks, limits_us, strict=True)
    ]
    seen = [place for place, share in enumerate(shares) if share is not None]
    if not seen:
        return None
    evidence = restarting_evidence(np.array([shares[place] for place in seen], dtype=np.float64), 1 - p)
    most_blocks = view.fast.clock.planned_blocks / view.parts * view.budget.ends
    enough = math.log(max(most_blocks, 1) / view.budget.early)
    return _first(evidence >= enough, [blocks.ends_s[place] for place in seen])


def enough_groups(blocks: StageBlocks) -> list[range]:
    """Group short blocks until the baseline's p95 can be told; grouping never looks ahead."""
    return thick_groups(np.minimum(blocks.baseline.completed, blocks.canary.requests * 10))


def _slow_share(block: ByKind, kind: Kind, limit_us: float) -> float | None:
    failed = block[Kind.FAILED].total
    n = block[kind].total + failed
    return (block[kind].count_above(limit_us) + failed) / n if n else None


def _p95_us(histogram: Histogram) -> float:
    return float(histogram.quantile_us(GROSS_QUANTILE)) if histogram.total else math.inf


def _first(sure: NDArray[np.bool_], ends_s: Sequence[float]) -> Alarm | None:
    hits = np.flatnonzero(sure)
    return Alarm(ends_s[int(hits[0])]) if len(hits) else None
