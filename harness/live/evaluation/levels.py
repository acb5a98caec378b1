"""Which level each key metric has right now."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.judge.windows.block import Block, by_variant, canary_requests
from harness.judge.windows.design import StageDesign
from harness.judge.windows.moment import observed
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import Criterion
from harness.plan.criteria.measure import Measure, MeasureKind
from harness.plan.levels import Levels
from harness.plan.model import Plan
from harness.plan.variant import Variant
from harness.record.evidence import Interval

_ENOUGH_REQUESTS = 100
"""Fewer canary requests say too little about an error rate or a percentile to raise anybody."""


class Level(StrEnum):
    """How a key metric stands."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True)
class LevelStatus:
    """A key metric's latest value, its level, and the limit that made it so."""

    measure: str
    level: Level
    value: float
    limit: str


def standings_in_stage(
    design: StageDesign, latest: Sequence[Interval], probes: Sequence[Mapping[str, Any]]
) -> list[LevelStatus]:
    """Return the key metrics of the latest intervals and probes of a stage."""
    plan = design.plan
    values = {
        name: _latest_of_requests(design, latest, measure)
        for name, measure in _measures(plan).items()
        if measure.is_of_requests
    }
    return _standings(plan, {**values, **_latest_of_probes(plan, probes)})


def standings_of_probes(plan: Plan, probes: Sequence[Mapping[str, Any]]) -> list[LevelStatus]:
    """Return the key metrics that can be had without load."""
    return _standings(plan, _latest_of_probes(plan, probes))


def level_of(levels: Levels, value: float) -> tuple[Level, str]:
    """Return the level a value is at, and the limit it passed (the target when it passed none)."""
    if levels.critical is not None and _passes(levels.critical, value):
        return Level.CRITICAL, levels.critical.text
    if levels.warning is not None and _passes(levels.warning, value):
        return Level.WARNING, levels.warning.text
    return Level.OK, levels.target.text if levels.target is not None else ""


def _standings(plan: Plan, values: Mapping[str, float | None]) -> list[LevelStatus]:
    return [
        LevelStatus(name, *_level_and_value(levels, value))
        for name, levels in plan.levels.items()
        if (value := values.get(name)) is not None
    ]


def _level_and_value(levels: Levels, value: float) -> tuple[Level, float, str]:
    level, limit = level_of(levels, value)
    return level, value, limit


def _passes(level: Criterion, value: float) -> bool:
    if not isinstance(level.limit, Absolute):
        return False
    return level.op.holds(value, level.limit.value)


def _measures(plan: Plan) -> dict[str, Measure]:
    found: dict[str, Measure] = {}
    for name, levels in plan.levels.items():
        for level in (levels.critical, levels.warning, levels.target):
            if level is not None:
                found[name] = level.measure
    return found


def _latest_of_requests(design: StageDesign, latest: Sequence[Interval], measure: Measure) -> float | None:
    """Take the last interval; for a rate or a percentile as many as make enough requests."""
    if not latest:
        return None
    interval_s = design.stage.interval_s
    if measure.kind is MeasureKind.THROUGHPUT:
        return observed(measure, by_variant(latest[-1], None), interval_s)
    together: list[Block] = []
    for interval in reversed(latest):
        together.insert(0, Block(interval.start_s + interval_s, interval_s, by_variant(interval, None)))
        if (merged := Block.merge(together)) and canary_requests(merged) >= _ENOUGH_REQUESTS:
            value = observed(measure, merged.variants, interval_s)
            return value if value is None or math.isfinite(value) else None
    return None


def _latest_of_probes(plan: Plan, probes: Sequence[Mapping[str, Any]]) -> dict[str, float | None]:
    fields = {MeasureKind.CPU: "cpu", MeasureKind.MEMORY: "memory_bytes"}
    found: dict[str, float | None] = {}
    for name, measure in _measures(plan).items():
        if measure.is_of_requests:
            continue
        field = fields.get(measure.kind, "value")
        told = [
            record
            for record in probes
            if (record["kind"] == "query" and record["name"] == name)
            or (record["kind"] == "metrics" and record["variant"] == Variant.CANARY)
        ]
        values = [record[field] for record in told if record.get(field) is not None]
        found[name] = float(values[-1]) if values else None
    return found
