"""CPU and memory that the variants report, over the time of a stage."""

from collections.abc import Callable
from math import nan

from harness.plan.model import Plan
from harness.record.evidence import StageEvidence
from harness.record.probes import MetricsProbe
from harness.report.data.series import Curve, thinned
from harness.report.page.limits import level_limits
from harness.report.page.view import SystemPlot

Number = Callable[[MetricsProbe], float | None]


def system_plots(plan: Plan, evidence: StageEvidence) -> list[SystemPlot]:
    """Return a plot for each measure that any probe of the stage could read."""
    memory = _curves(plan, evidence, "memory", 1.0, _memory_bytes)
    most = max((y for curve in memory for y in curve.y if y >= 0), default=0.0)
    scale, unit = (1e9, "GB") if most >= 1e9 else (1e6, "MB")
    found = [
        SystemPlot(
            "CPU", "% of a core", _curves(plan, evidence, "cpu", 0.01, _cpu), level_limits(plan, "cpu", 0.01)
        ),
        SystemPlot(
            "Memory",
            unit,
            _curves(plan, evidence, "memory", scale, _memory_bytes),
            level_limits(plan, "memory", scale),
        ),
    ]
    return [plot for plot in found if any(curve.has_points for curve in plot.curves)]


def _cpu(probe: MetricsProbe) -> float | None:
    return probe.cpu


def _memory_bytes(probe: MetricsProbe) -> float | None:
    return probe.memory_bytes


def _curves(plan: Plan, evidence: StageEvidence, name: str, scale: float, number: Number) -> list[Curve]:
    return [_curve(evidence, variant, name, scale, number) for variant in plan.variants]


def _curve(evidence: StageEvidence, variant: str, name: str, scale: float, number: Number) -> Curve:
    points = [
        (probe.t_s - (evidence.started_s or 0.0), nan if (value := number(probe)) is None else value / scale)
        for probe in evidence.probes
        if isinstance(probe, MetricsProbe) and probe.variant == variant
    ]
    return thinned(Curve(name, variant, [x for x, _ in points], [y for _, y in points]))
