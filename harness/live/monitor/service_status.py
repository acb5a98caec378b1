"""How a service that gets no load from here is doing, by its probes: level and triggers of each round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.judge.words import unit_of
from harness.plan.criteria.criterion import AnyCriterion, Criterion, NamedCriterion
from harness.plan.criteria.measure import MeasureKind
from harness.plan.levels import Level
from harness.plan.model import Plan
from harness.record.probes import AlertsProbe, HealthProbe, MetricsProbe, Probe, QueryProbe, UnreachedProbe

_OF_HEALTH = {MeasureKind.ERROR_RATE, MeasureKind.QUANTILE, MeasureKind.MAX, MeasureKind.MEAN}
_Found = tuple[Level, str]
"""A level that was found, and why."""


@dataclass(frozen=True)
class ServiceStatus:
    """What one round of probes saw, its level with the reasons for it, and the trigger that fired."""

    at_s: float
    healthy: bool | None
    """None where nothing that was asked tells."""
    latency_s: float | None
    cpu: float | None
    memory_bytes: float | None
    level: Level
    reasons: tuple[str, ...]
    trigger: str | None
    seen: frozenset[str] = frozenset()
    """The measures that have a value."""
    unseen: tuple[str, ...] = ()
    """What was asked and gave no answer."""


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
        unreached = [probe.error for probe in probes if isinstance(probe, UnreachedProbe)]
        healthy = _healthy(health, () if unreached else metrics)
        values = _values(health, metrics, queries, healthy)
        unseen = tuple(_unseen(probes, healthy))
        found = [*_found_down(health, healthy), *self._levels(values)]
        found += [(Level.CRITICAL, f"alert {name}") for name in alerts]
        found += [(Level.UNKNOWN, f"{name} not seen") for name in unseen]
        found += [(Level.UNKNOWN, error) for error in unreached]
        level, reasons = _worst(found)
        return ServiceStatus(
            at_s,
            healthy,
            values.get("p95"),
            values.get("cpu"),
            values.get("memory"),
            level,
            reasons,
            self._fired(at_s, values, healthy),
            frozenset(values),
            unseen,
        )

    @property
    def watched(self) -> frozenset[str]:
        """The measures with limits that the plan's probes can tell; only a load tells a throughput."""
        probes = self._plan.probes
        if probes is None:
            return frozenset()
        limits = [levels.measure for levels in self._plan.levels.values()]
        limits += [trigger.measure for trigger in self._triggers if isinstance(trigger, Criterion)]
        return frozenset(
            measure.name
            for measure in limits
            if measure is not None
            and (probes.tell(measure) or (probes.health is not None and measure.kind in _OF_HEALTH))
        )

    def _levels(self, values: Mapping[str, float]) -> list[_Found]:
        """Return the level of each measure that has one, and its limit."""
        return [
            (level, f"{limit}: {unit_of(levels.measure, value).spoken(value)}")
            for name, levels in self._plan.levels.items()
            if levels.measure is not None and (value := values.get(name)) is not None
            for level, limit in (levels.level_of(value),)
        ]

    def _fired(self, at_s: float, values: Mapping[str, float], healthy: bool | None) -> str | None:
        fired = None
        for trigger in self._triggers:
            if not _holds(trigger, values, healthy):
                self._since_s.pop(trigger.text, None)
                continue
            since_s = self._since_s.setdefault(trigger.text, at_s)
            if at_s - since_s >= (trigger.for_s or 0.0):
                fired = fired or trigger.text
        return fired


def _healthy(health: Sequence[HealthProbe], metrics: Sequence[MetricsProbe]) -> bool | None:
    """Whether the service is up; without health checks only metrics that answer say so."""
    if health:
        return all(probe.ok for probe in health)
    return True if metrics and all(probe.error is None for probe in metrics) else None


def _found_down(health: Sequence[HealthProbe], healthy: bool | None) -> Iterator[_Found]:
    if healthy is False:
        error = next((probe.error for probe in health if not probe.ok), None)
        yield Level.CRITICAL, f"service down: {error or 'unhealthy'}"


def _unseen(probes: Sequence[Probe], healthy: bool | None) -> Iterator[str]:
    """Name what was asked and gave no answer; a health check that fails is an answer."""
    if healthy is None:
        yield "service"
    for probe in probes:
        match probe:
            case MetricsProbe() if probe.error is not None:
                yield "metrics"
            case QueryProbe(value=None):
                yield probe.name
            case AlertsProbe() if probe.error is not None:
                yield "alerts"
            case _:
                pass


def _worst(found: Sequence[_Found]) -> tuple[Level, tuple[str, ...]]:
    """Return the worst level, and what made it so."""
    worst = max((level for level, _ in found), key=list(Level).index, default=Level.OK)
    return worst, () if worst is Level.OK else tuple(reason for level, reason in found if level is worst)


def _values(
    health: Sequence[HealthProbe],
    metrics: Sequence[MetricsProbe],
    queries: Sequence[QueryProbe],
    healthy: bool | None,
) -> dict[str, float]:
    """Collect what one round says about the measures; without load, health checks stand in for requests."""
    latencies = [probe.latency_s for probe in health if probe.latency_s is not None]
    memory = [probe.memory_bytes for probe in metrics if probe.memory_bytes is not None]
    found: dict[str, float | None] = {
        "error rate": None if healthy is None else float(not healthy),
        **{name: max(latencies, default=None) for name in ("p50", "p95", "p99", "max", "mean")},
        "cpu": max((probe.cpu for probe in metrics if probe.cpu is not None), default=None),
        "memory": max(memory, default=None),
        **{probe.name: probe.value for probe in queries},
    }
    return {name: value for name, value in found.items() if value is not None}


def _holds(trigger: AnyCriterion, values: Mapping[str, float], healthy: bool | None) -> bool:
    if isinstance(trigger, NamedCriterion):
        return healthy is False
    if trigger.measure.kind is MeasureKind.QUANTILE and healthy is False:
        # A check that failed took longer than any limit; beside a baseline nobody is here to compare.
        return not trigger.is_relative
    value = values.get(trigger.measure.name)
    return value is not None and trigger.holds(value)
