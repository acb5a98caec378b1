"""Watches a service without sending load: one round of probes an interval, levels and triggers from them.

Nothing grows with time: a day costs the memory of a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from harness.judge.words import unit_of
from harness.plan.criteria.criterion import AnyCriterion, Criterion, NamedCriterion
from harness.plan.criteria.measure import MeasureKind
from harness.plan.levels import Level, Levels
from harness.plan.model import Plan
from harness.rollout.probes.questions import ProbeCall

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Look:
    """One interval: what was seen, at which level, and the trigger that fired."""

    at_s: float
    healthy: bool
    latency_s: float | None
    cpu: float | None
    memory_bytes: float | None
    alerts: tuple[str, ...]
    level: Level
    reasons: tuple[str, ...]
    trigger: str | None


class ReleaseMonitor:
    """Turns rounds of probes into looks; remembers only since when each trigger's condition holds."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        stages = plan.stages
        self._triggers: tuple[AnyCriterion, ...] = (*plan.rollback, *stages[-1].rollback)
        self._since_s: dict[str, float] = {}

    def take(self, at_s: float, records: Sequence[Record]) -> Look:
        """Take the records of one round."""
        health = [record for record in records if record["kind"] == "health"]
        metrics = [record for record in records if record["kind"] == "metrics"]
        alerts = tuple(name for r in records if r["kind"] == "alerts" for name in r["firing"])
        answered = [r for r in (*health, *metrics) if r["error"] is None]
        healthy = bool(answered) and all(record["ok"] for record in health)
        values = _values(records, health, metrics, healthy)
        level, reasons = self._level(values, alerts)
        return Look(
            at_s,
            healthy,
            values.get("p95"),
            values.get("cpu"),
            values.get("memory"),
            alerts,
            level,
            reasons,
            self._fired(at_s, values, healthy),
        )

    def _level(self, values: Mapping[str, float], alerts: Sequence[str]) -> tuple[Level, tuple[str, ...]]:
        """Return the worst level, and what made it so; a critical alert is as bad as a critical level."""
        found = [
            (level, f"{limit}: {_spoken(levels, value)}")
            for name, levels in self._plan.levels.items()
            if (value := values.get(name)) is not None
            for level, limit in (levels.level_of(value),)
        ]
        found += [(Level.CRITICAL, f"alert {name}") for name in alerts]
        for level in (Level.CRITICAL, Level.WARNING):
            if reasons := tuple(reason for one, reason in found if one is level):
                return level, reasons
        return Level.OK, ()

    def _fired(self, at_s: float, values: Mapping[str, float], healthy: bool) -> str | None:
        fired = None
        for trigger in self._triggers:
            if not _holds(trigger, values, healthy):
                self._since_s.pop(trigger.text, None)
                continue
            since_s = self._since_s.setdefault(trigger.text, at_s)
            if at_s - since_s >= (trigger.for_s or 0.0):
                fired = fired or trigger.text
        return fired


def _spoken(levels: Levels, value: float) -> str:
    """Write a value with the unit of its measure."""
    given = (levels.critical, levels.warning, levels.target)
    measure = next(criterion.measure for criterion in given if criterion is not None)
    return unit_of(measure, value).spoken(value)


def _values(
    records: Sequence[Record], health: Sequence[Record], metrics: Sequence[Record], healthy: bool
) -> dict[str, float]:
    """Collect what one round says about the measures; without load, health checks stand in for requests."""
    latencies = [float(r["latency_s"]) for r in health if r["latency_s"] is not None]
    found: dict[str, float | None] = {
        "error rate": 0.0 if healthy else 1.0,
        **{name: max(latencies, default=None) for name in ("p50", "p95", "p99", "max", "mean")},
        "cpu": max((r["cpu"] for r in metrics if r["cpu"] is not None), default=None),
        "memory": max((r["memory_bytes"] for r in metrics if r["memory_bytes"] is not None), default=None),
        **{r["name"]: r["value"] for r in records if r["kind"] == "query"},
    }
    return {name: value for name, value in found.items() if value is not None}


def _holds(trigger: AnyCriterion, values: Mapping[str, float], healthy: bool) -> bool:
    match trigger:
        case NamedCriterion():
            return not healthy
        case Criterion(measure=measure) if measure.kind is MeasureKind.QUANTILE and not healthy:
            return not trigger.is_relative
        case Criterion(measure=measure):
            value = values.get(measure.name)
            return value is not None and trigger.holds(value)


async def watch_service(
    questions: Sequence[ProbeCall],
    client: httpx.AsyncClient,
    interval_s: float,
    rounds: int,
    clock: Callable[[], float],
    take: Callable[[float, Sequence[Record]], bool],
    sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
) -> None:
    """Ask all questions once an interval and hand each round over, until ``take`` says that it is enough."""
    began_s = clock()
    for number in range(rounds):
        await sleep(max(0.0, began_s + number * interval_s - clock()))
        at_s = clock()
        answers = await asyncio.gather(*(question(client) for question in questions))
        if take(at_s, [{"t_s": round(at_s, 6), **answer} for answer in answers]):
            return
