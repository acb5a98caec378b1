"""The level that each key metric has right now."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.judge.windows.block import Block, by_variant, canary_requests
from harness.judge.windows.design import StageDesign
from harness.judge.windows.moment import observed
from harness.plan.criteria.measure import Measure, MeasureKind
from harness.plan.levels import Level
from harness.plan.model import Plan
from harness.plan.variant import Variant
from harness.record.evidence import Interval

_ENOUGH_REQUESTS = 100
"""An error rate or percentile of fewer canary requests says too little to alert anybody."""


@dataclass(frozen=True)
class LevelStatus:
    """A key metric's level, the limit that made it so, and its latest value in base units."""

    measure: str
    level: Level
    limit: str
    value: float


def levels_in_stage(
    design: StageDesign, latest: Sequence[Interval], probes: Sequence[Mapping[str, Any]]
) -> list[LevelStatus]:
    """Return the status of each key metric by the latest intervals and probes of a stage."""
    plan = design.plan
    values = {
        name: _latest_of_requests(design, latest, measure)
        for name, measure in _measures(plan).items()
        if measure.is_of_requests
    }
    return _statuses(plan, {**values, **_latest_of_probes(plan, probes)})


def levels_of_probes(plan: Plan, probes: Sequence[Mapping[str, Any]]) -> list[LevelStatus]:
    """Return the status of each key metric that is known without load."""
    return _statuses(plan, _latest_of_probes(plan, probes))


def _statuses(plan: Plan, values: Mapping[str, float | None]) -> list[LevelStatus]:
    return [
        LevelStatus(name, *levels.level_of(value), value)
        for name, levels in plan.levels.items()
        if (value := values.get(name)) is not None
    ]


def _measures(plan: Plan) -> dict[str, Measure]:
    found: dict[str, Measure] = {}
    for name, levels in plan.levels.items():
        for level in (levels.critical, levels.warning, levels.target):
            if level is not None:
                found[name] = level.measure
    return found


def _latest_of_requests(design: StageDesign, latest: Sequence[Interval], measure: Measure) -> float | None:
    """Return the value in the latest interval, or in as many as it takes to have enough requests."""
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
