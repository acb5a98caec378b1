"""What the probes of a stage measured: sorted once, read by criteria, triggers and levels."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, Protocol, TypeVar, cast

import numpy as np

from harness.judge.stats.noise import Floats
from harness.judge.words import counted, duration
from harness.plan.criteria.measure import Measure, MeasureKind
from harness.plan.model import Probes
from harness.plan.variant import Variant
from harness.record.probes import HealthProbe, MetricsProbe, Probe, QueryProbe

UNREADABLE = 0.05
"""The share of probes that may return no value."""
GAP = 1.5
"""Probe intervals that may pass between two records; one record gone makes two."""
SLACK_S = 1.0
"""What a loaded machine may add to that."""


class Timed(Protocol):
    """Has a time of the run."""

    @property
    def t_s(self) -> float:
        """Seconds since the start of the run."""


OneProbe = TypeVar("OneProbe", bound=Probe)
VariantProbe = TypeVar("VariantProbe", HealthProbe, MetricsProbe)
OneTimed = TypeVar("OneTimed", bound=Timed)


class Reading(NamedTuple):
    """The value that a probe gave of a measure, in its base unit; None if it gave none."""

    t_s: float
    value: float | None


@dataclass(frozen=True)
class Samples:
    """Samples of one number; `missing` says which evidence a pass would still need."""

    values: Floats
    missing: str | None

    @classmethod
    def none(cls, missing: str) -> Samples:
        """Return no samples, and why."""
        return cls(np.zeros(0), missing)


@dataclass(frozen=True)
class StageProbes:
    """The probes of a stage, its place in the run, and how the plan asked; no settings: it did not ask.

    `started_s` is None when the stage never started.
    """

    settings: Probes | None
    records: Sequence[Probe]
    started_s: float | None
    duration_s: float
    warmup_s: float
    changes_s: Sequence[tuple[float, float]] = ()
    """When its rates changed, from when to when: what was read then counts for nothing but memory."""
    pauses_s: Sequence[float] = ()
    """Where it was extended after a pause: nobody expects a probe of the pause."""

    def of(self, kind: type[OneProbe]) -> Sequence[OneProbe]:
        """Return the probes of a kind, in order of time."""
        return cast("Sequence[OneProbe]", self._by_kind.get(kind, ()))

    def of_canary(self, kind: type[VariantProbe]) -> Sequence[VariantProbe]:
        """Return the canary's own probes of a kind, in order of time."""
        return [probe for probe in self.of(kind) if probe.variant == Variant.CANARY]

    def health_checks(self, variant: Variant) -> Sequence[HealthProbe]:
        """Return a variant's health checks, in order of time."""
        return self._health_checks.get(variant, ())

    def between(self, timed: Sequence[OneTimed], start_s: float, end_s: float) -> Sequence[OneTimed]:
        """Return those of a stretch of the stage's time, in seconds since its start."""
        first, end = (bisect_left(timed, at_s, key=self.into_stage_s) for at_s in (start_s, end_s))
        return timed[first:end]

    @property
    def patience_s(self) -> float:
        """How long after one probe the next may come."""
        return patience_s(self.settings)

    def standing(self, timed: Sequence[OneTimed], start_s: float, end_s: float) -> Sequence[OneTimed]:
        """Return those of a stretch of the stage's time, or else the last before it that is not overdue."""
        of_stretch = self.between(timed, start_s, end_s)
        return of_stretch or self.between(timed, start_s - self.patience_s, start_s)[-1:]

    def into_stage_s(self, timed: Timed) -> float:
        """Return how many seconds after the stage's start something was."""
        return timed.t_s - (self.started_s or 0.0)

    def readings(self, measure: Measure, variant: Variant) -> Sequence[Reading]:
        """Return what each probe of a variant, or each query of this name, said of a measure."""
        if (measure, variant) not in self._readings:
            self._readings[measure, variant] = tuple(self._read(measure, variant))
        return self._readings[measure, variant]

    def samples(self, measure: Measure, variant: Variant, last_s: float | None = None) -> Samples:
        """Collect the values after the warm-up or of the last seconds; those of memory from the start."""
        if self.settings is None or not self.settings.tell(measure):
            return Samples.none(f"Configure `probes.metrics` or a Prometheus query named `{measure.name}`.")
        begins_s = 0.0 if measure.kind is MeasureKind.MEMORY else self.warmup_s
        if last_s is not None:
            begins_s = max(begins_s, self.duration_s - last_s)
        start_s = (self.started_s or 0.0) + begins_s
        recent = [reading for reading in self.readings(measure, variant) if reading.t_s >= start_s]
        is_memory = measure.kind is MeasureKind.MEMORY
        counting = recent if is_memory else [each for each in recent if not self._is_changing(each)]
        values = values_of(counting)
        return Samples(
            np.array(values), self.silence(recent, begins_s) or _unreadable(len(values), len(counting))
        )

    def _is_changing(self, timed: Timed) -> bool:
        at_s = self.into_stage_s(timed)
        return any(start_s <= at_s < end_s for start_s, end_s in self.changes_s)

    def silence(self, records: Sequence[Timed], begins_s: float = 0.0) -> str | None:
        """Describe the longest gap between records from a second of the stage to its planned end."""
        if self.settings is None or self.started_s is None:
            return "No probe ran in this stage."
        end_s = self.started_s + self.duration_s
        edges_s = (begins_s, *(pause_s for pause_s in self.pauses_s if pause_s > begins_s))
        starts_s = (self.started_s + edge_s for edge_s in edges_s)
        times_s = sorted((*starts_s, *(record.t_s for record in records), end_s))
        gaps_s = [(later - earlier, earlier) for earlier, later in pairwise(times_s)]
        longest_s, at_s = max(gaps_s)
        if not records or longest_s > self.patience_s:
            into_s = max(0.0, at_s - self.started_s)
            return f"The probes were silent for {duration(longest_s)}, {duration(into_s)} into the stage."
        return None

    def _read(self, measure: Measure, variant: Variant) -> Iterable[Reading]:
        prometheus = self.settings.prometheus if self.settings else None
        if prometheus is not None and measure.name in prometheus.queries:
            return (
                Reading(probe.t_s, probe.value) for probe in self.of(QueryProbe) if probe.name == measure.name
            )
        return (
            Reading(probe.t_s, _of_metrics(probe, measure))
            for probe in self.of(MetricsProbe)
            if probe.variant == variant
        )

    @cached_property
    def _readings(self) -> dict[tuple[Measure, Variant], Sequence[Reading]]:
        return {}

    @cached_property
    def _health_checks(self) -> Mapping[str, list[HealthProbe]]:
        by_variant: dict[str, list[HealthProbe]] = {}
        for probe in self.of(HealthProbe):
            by_variant.setdefault(probe.variant, []).append(probe)
        return by_variant

    @cached_property
    def _by_kind(self) -> Mapping[type, list[Probe]]:
        """All probes by kind, each in order of time."""
        by_kind: dict[type, list[Probe]] = {}
        for probe in sorted(self.records, key=lambda probe: probe.t_s):
            by_kind.setdefault(type(probe), []).append(probe)
        return by_kind


def patience_s(settings: Probes | None) -> float:
    """Return how long after one probe the next may come, in seconds; 0 where nothing probes."""
    return GAP * settings.interval_s + SLACK_S if settings else 0.0


def values_of(readings: Iterable[Reading]) -> list[float]:
    """Return the values of the readings that have one."""
    return [reading.value for reading in readings if reading.value is not None]


def _of_metrics(probe: MetricsProbe, measure: Measure) -> float | None:
    match measure.kind:
        case MeasureKind.CPU:
            return probe.cpu
        case MeasureKind.MEMORY:
            return probe.memory_bytes
        case _:
            return None


def _unreadable(readable: int, probes: int) -> str | None:
    if probes - readable > UNREADABLE * probes:
        return f"{counted(probes - readable, 'probe')} of {probes} returned no value."
    return None
