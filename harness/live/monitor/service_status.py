"""How a service that gets no load from here is doing, by its probes: level and triggers of each round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.judge.words import unit_of
from harness.plan.criteria.criterion import AnyCriterion, NamedCriterion
from harness.plan.criteria.measure import MeasureKind
from harness.plan.levels import Level
from harness.plan.model import Plan
from harness.record.probes import AlertsProbe, HealthProbe, MetricsProbe, Probe, QueryProbe


@dataclass(frozen=True)
class ServiceStatus:
    """What one round of probes saw, its level with the reasons for it, and the trigger that fired."""

    at_s: float
    healthy: bool
    latency_s: float | None
    cpu: float | None
    memory_bytes: float | None
    level: Level
    reasons: tuple[str, ...]
    trigger: str | None


class ServiceEvaluation:
    """Evaluates round after round of probes.

    It remembers only since when each trigger's condition holds, so a day takes the memory of a minute.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._triggers: tuple[AnyCriterion, ...] = (*plan.rollback, *plan.stages[-1].rollback)
        self._since_s: dict[str, float] = {}

    def take(self, at_s: float, probes: Sequence[Probe]) -> ServiceStatus:
        """Take one round of probes."""
        health = [probe for probe in probes if isinstance(probe, HealthProbe)]
        metrics = [probe for probe in probes if isinstance(probe, MetricsProbe)]
        queries = [probe for probe in probes if isinstance(probe, QueryProbe)]
        alerts = tuple(name for probe in probes if isinstance(probe, AlertsProbe) for name in probe.firing)
        errors = [*(probe.error for probe in health), *(probe.error for probe in metrics)]
        healthy = None in errors and all(probe.ok for probe in health)
        values = _values(health, metrics, queries, healthy)
        level, reasons = self._level(values, alerts)
        return ServiceStatus(
            at_s,
            healthy,
            values.get("p95"),
            values.get("cpu"),
            values.get("memory"),
            level,
            reasons,
            self._fired(at_s, values, healthy),
        )

    def _level(self, values: Mapping[str, float], alerts: Sequence[str]) -> tuple[Level, tuple[str, ...]]:
        """Return the worst level, and what made it so; a critical alert is as bad as a critical level."""
        found = [
            (level, f"{limit}: {unit_of(levels.measure, value).spoken(value)}")
            for name, levels in self._plan.levels.items()
            if levels.measure is not None and (value := values.get(name)) is not None
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


def _values(
    health: Sequence[HealthProbe],
    metrics: Sequence[MetricsProbe],
    queries: Sequence[QueryProbe],
    healthy: bool,
) -> dict[str, float]:
    """Collect what one round says about the measures; without load, health checks stand in for requests."""
    latencies = [probe.latency_s for probe in health if probe.latency_s is not None]
    memory = [probe.memory_bytes for probe in metrics if probe.memory_bytes is not None]
    found: dict[str, float | None] = {
        "error rate": 0.0 if healthy else 1.0,
        **{name: max(latencies, default=None) for name in ("p50", "p95", "p99", "max", "mean")},
        "cpu": max((probe.cpu for probe in metrics if probe.cpu is not None), default=None),
        "memory": max(memory, default=None),
        **{probe.name: probe.value for probe in queries},
    }
    return {name: value for name, value in found.items() if value is not None}


def _holds(trigger: AnyCriterion, values: Mapping[str, float], healthy: bool) -> bool:
    if isinstance(trigger, NamedCriterion):
        return not healthy
    if trigger.measure.kind is MeasureKind.QUANTILE and not healthy:
        # A check that failed took longer than any limit; beside a baseline nobody is here to compare.
        return not trigger.is_relative
    value = values.get(trigger.measure.name)
    return value is not None and trigger.holds(value)
