"""The probes' samples of one number, and whether they cover the whole stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from harness.judge.planning.needs import is_probed
from harness.judge.stats.noise import Floats
from harness.judge.view import StageView
from harness.judge.words import counted, duration
from harness.plan.criteria.measure import Measure, MeasureKind
from harness.plan.variant import Variant
from harness.record.probes import MetricsProbe, Probe, QueryProbe

UNREADABLE = 0.05
"""The share of probes that may return no value."""
GAP = 1.5
"""Probe intervals that may pass between two records; one record gone makes two."""
SLACK_S = 1.0
"""What a loaded machine may add to that."""


@dataclass(frozen=True)
class Samples:
    """Samples of one number; `missing` says which evidence a pass would still need."""

    values: Floats
    missing: str | None


def samples_of(view: StageView, measure: Measure, variant: Variant, last_s: float | None = None) -> Samples:
    """Collect a number from the metrics probes of a variant, or from the Prometheus query of its name."""
    if not is_probed(view.design, measure):
        advice = f"Configure `probes.metrics` or a Prometheus query named `{measure.name}`."
        return Samples(np.zeros(0), advice)
    start_s = _measured_from_s(view, measure, last_s)
    recent = [
        probe
        for probe in view.probes(_kind_of(view, measure))
        if _is_of(probe, variant, measure) and probe.t_s >= start_s
    ]
    values = [value for probe in recent if (value := value_of(probe, measure)) is not None]
    return Samples(np.array(values), silence(view, recent, start_s) or _unreadable(len(values), len(recent)))


def samples_of_both(view: StageView, measure: Measure, last_s: float | None) -> tuple[Samples, Samples]:
    """Collect a number of the canary, and of the baseline where one runs beside it and has its own."""
    canary = samples_of(view, measure, Variant.CANARY, last_s)
    if not (view.has_both and measure.has_baseline):
        return canary, Samples(np.zeros(0), "There is no baseline beside the canary to compare with.")
    return canary, samples_of(view, measure, Variant.BASELINE, last_s)


def samples_between(
    view: StageView, measure: Measure, variant: Variant, start_s: float, end_s: float
) -> list[float]:
    """Collect the values from a stretch of the stage's time."""
    inside = view.probes_between(_kind_of(view, measure), start_s, end_s)
    values = (value_of(probe, measure) for probe in inside if _is_of(probe, variant, measure))
    return [value for value in values if value is not None]


def timed_samples(view: StageView, measure: Measure, variant: Variant) -> list[tuple[float, float]]:
    """Collect the run time and the value of each probe of the stage that gave one, in order of time."""
    return [
        (probe.t_s, value)
        for probe in view.probes(_kind_of(view, measure))
        if _is_of(probe, variant, measure) and (value := value_of(probe, measure)) is not None
    ]


def _is_query(view: StageView, measure: Measure) -> bool:
    probes = view.plan.probes
    return probes is not None and probes.prometheus is not None and measure.name in probes.prometheus.queries


def _kind_of(view: StageView, measure: Measure) -> type[MetricsProbe | QueryProbe]:
    return QueryProbe if _is_query(view, measure) else MetricsProbe


def _is_of(probe: MetricsProbe | QueryProbe, variant: Variant, measure: Measure) -> bool:
    match probe:
        case QueryProbe(name=name):
            return name == measure.name
        case MetricsProbe(variant=of):
            return of == variant


def value_of(probe: MetricsProbe | QueryProbe, measure: Measure) -> float | None:
    """Return a probe's value of a measure, in its base unit; None if it has none."""
    match probe:
        case QueryProbe(value=value):
            return value
        case MetricsProbe() if measure.kind is MeasureKind.CPU:
            return probe.cpu
        case MetricsProbe() if measure.kind is MeasureKind.MEMORY:
            return probe.memory_bytes
        case _:
            return None


def silence(view: StageView, probes: Sequence[Probe], start_s: float) -> str | None:
    """Describe the longest gap between probes from `start_s` (of the run) to the stage's planned end."""
    if view.plan.probes is None or view.evidence.started_s is None:
        return "No probe ran in this stage."
    end_s = view.evidence.started_s + view.stage.duration_s
    times_s = [start_s, *(probe.t_s for probe in probes), end_s]
    gaps_s = [(later - earlier, earlier) for earlier, later in pairwise(times_s)]
    longest_s, at_s = max(gaps_s)
    if not probes or longest_s > GAP * view.plan.probes.interval_s + SLACK_S:
        into_s = max(0.0, at_s - view.evidence.started_s)
        return f"The probes were silent for {duration(longest_s)}, {duration(into_s)} into the stage."
    return None


def _unreadable(readable: int, probes: int) -> str | None:
    if probes - readable > UNREADABLE * probes:
        return f"{counted(probes - readable, 'probe')} of {probes} returned no value."
    return None


def _measured_from_s(view: StageView, measure: Measure, last_s: float | None) -> float:
    """Find the run time from which samples count: memory from the start, the others after the warm-up."""
    started_s = view.evidence.started_s or 0.0
    warmup_s = 0.0 if measure.kind is MeasureKind.MEMORY else view.plan.warmup_of(view.stage)
    if last_s is not None:
        warmup_s = max(warmup_s, view.stage.duration_s - last_s)
    return started_s + warmup_s
