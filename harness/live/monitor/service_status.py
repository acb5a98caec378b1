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
from harness.report.wording import latency

_OF_HEALTH = {MeasureKind.ERROR_RATE, MeasureKind.QUANTILE, MeasureKind.MAX, MeasureKind.MEAN}
_LATENCIES = ("p50", "p95", "p99", "max", "mean")
# Of the time limit of a check: what is left is long enough for a service that answers at all.
_NOTABLE = 0.5
_LATE = "latency (the monitor was late)"
_WORTH_A_WORD_S = 0.01
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
    is_certain: bool = False
    """Whether the level is that of a gauge or an alert, not of one request that stands for many."""
    late_s: float = 0.0
    """How late the monitor was itself."""


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
        late_s = max((probe.late_s or 0.0 for probe in health), default=0.0)
        is_untold = self._is_too_late(health, late_s)
        healthy = None if is_untold else _healthy(health, () if unreached else metrics)
        values = _values(health, metrics, queries, healthy)
        found = [*_found_down(health, healthy), *self._levels(values, late_s, of_checks=True)]
        unseen = (*_unseen(probes, healthy), *(_LATE for level, _ in found if level is Level.UNKNOWN))
        gauges = [*self._levels(values, late_s, of_checks=False)]
        gauges += [(Level.CRITICAL, f"alert {name}") for name in alerts]
        is_certain = any(level is Level.CRITICAL for level, _ in gauges)
        found += gauges
        found += [(Level.UNKNOWN, f"{_late(late_s)}{name} not seen") for name in unseen if name != _LATE]
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
            self._fired(at_s, values, healthy, late_s, is_untold=is_untold),
            frozenset(values),
            unseen,
            is_certain,
            late_s,
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

    def _is_too_late(self, health: Sequence[HealthProbe], late_s: float) -> bool:
        """Whether the monitor, not the service, may be why no answer came in time."""
        probes = self._plan.probes
        is_silent = any(not probe.ok and probe.status is None for probe in health)
        return is_silent and probes is not None and late_s > _NOTABLE * probes.timeout_s

    def _levels(self, values: Mapping[str, float], late_s: float, *, of_checks: bool) -> list[_Found]:
        """Return the level of each measure that has one, and its limit.

        It is unknown where it depends on whether the monitor's own lateness is part of a latency.
        """
        found: list[_Found] = []
        for name, levels in self._plan.levels.items():
            value, measure = values.get(name), levels.measure
            if measure is None or value is None or (measure.kind in _OF_HEALTH) is not of_checks:
                continue
            level, limit = levels.level_of(value)
            why = f"{limit}: {unit_of(measure, value).spoken(value)}"
            if measure.is_latency and levels.level_of(max(value - late_s, 0.0))[0] is not level:
                level, why = Level.UNKNOWN, f"{_late(late_s)}{why}"
            found.append((level, why))
        return found

    def _fired(
        self,
        at_s: float,
        values: Mapping[str, float],
        healthy: bool | None,
        late_s: float,
        *,
        is_untold: bool,
    ) -> str | None:
        fired = None
        without = {name: value - late_s if name in _LATENCIES else value for name, value in values.items()}
        for trigger in self._triggers:
            holds = _holds(trigger, values, healthy)
            if (is_untold and _is_of_health(trigger)) or holds is not _holds(trigger, without, healthy):
                # What is not known neither begins nor ends the time for which it holds.
                continue
            if not holds:
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


def _late(late_s: float) -> str:
    """Say that the monitor was late itself, where that is worth a word."""
    return f"monitor late by {latency(late_s * 1e6)}: " if late_s > _WORTH_A_WORD_S else ""


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
        **{name: max(latencies, default=None) for name in _LATENCIES},
        "cpu": max((probe.cpu for probe in metrics if probe.cpu is not None), default=None),
        "memory": max(memory, default=None),
        **{probe.name: probe.value for probe in queries},
    }
    return {name: value for name, value in found.items() if value is not None}


def _is_of_health(trigger: AnyCriterion) -> bool:
    return isinstance(trigger, NamedCriterion) or trigger.measure.kind in _OF_HEALTH


def _holds(trigger: AnyCriterion, values: Mapping[str, float], healthy: bool | None) -> bool:
    if isinstance(trigger, NamedCriterion):
        return healthy is False
    if trigger.measure.kind is MeasureKind.QUANTILE and healthy is False:
        # A check that failed took longer than any limit; beside a baseline nobody is here to compare.
        return not trigger.is_relative
    value = values.get(trigger.measure.name)
    return value is not None and trigger.holds(value)
