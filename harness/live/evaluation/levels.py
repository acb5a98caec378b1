"""The level that each key metric has right now."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.judge.stage_probes import values_of
from harness.judge.view import StageView
from harness.judge.windows.block import Block, by_variant, canary_requests
from harness.judge.windows.lateness import blurs, is_late
from harness.judge.windows.moment import observed
from harness.plan.criteria.measure import Measure, MeasureKind
from harness.plan.levels import Level
from harness.plan.variant import Variant
from harness.record.evidence import Interval
from harness.record.histograms.tag import LATENESS_HUB

_ENOUGH_REQUESTS = 100
"""An error rate or percentile of fewer canary requests says too little to alert anybody."""


@dataclass(frozen=True)
class LevelStatus:
    """A key metric's level, the limit that made it so, and its latest value in base units."""

    measure: str
    level: Level
    limit: str
    value: float


def levels_now(view: StageView, latest: Sequence[Interval]) -> list[LevelStatus]:
    """Return the status of each key metric that the latest windows and probes tell."""
    return [
        LevelStatus(name, *levels.level_of(value), value)
        for name, levels in view.plan.levels.items()
        if levels.measure is not None and (value := _latest(view, latest, levels.measure)) is not None
    ]


def _latest(view: StageView, latest: Sequence[Interval], measure: Measure) -> float | None:
    if measure.is_of_requests:
        return _latest_of_requests(view.stage.interval_s, _trusted(view, latest, measure), measure)
    values = values_of(view.probes.readings(measure, Variant.CANARY))
    return values[-1] if values else None


def _trusted(view: StageView, latest: Sequence[Interval], measure: Measure) -> Sequence[Interval]:
    """Leave out the windows in which a late generator made the value worse."""
    if not (blurs(measure) and view.evidence.source.sends):
        return latest
    limits = view.plan.generator
    return [each for each in latest if not is_late(each.histograms.get(LATENESS_HUB), limits)]


def _latest_of_requests(interval_s: float, latest: Sequence[Interval], measure: Measure) -> float | None:
    """Return the value in the latest window, or in as many as it takes to have enough requests."""
    if not latest:
        return None
    if measure.kind is MeasureKind.THROUGHPUT:
        return observed(measure, by_variant(latest[-1], None), interval_s)
    together: list[Block] = []
    for interval in reversed(latest):
        together.insert(0, Block(interval.start_s + interval_s, interval_s, by_variant(interval, None)))
        merged = Block.merge(together)
        if canary_requests(merged) >= _ENOUGH_REQUESTS:
            value = observed(measure, merged.variants, interval_s)
            return value if value is None or math.isfinite(value) else None
    return None
