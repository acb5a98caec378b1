"""The drawings of one stage: each of them, or None where there is nothing to draw."""

from dataclasses import dataclass

from markupsafe import Markup

from harness.report.page.view import StageSection, SystemPlot
from harness.report.plots import delivery, latency
from harness.report.plots.canvas import WIDE, WIDTH


@dataclass(frozen=True)
class StagePlots:
    """What the page puts beside a stage's numbers; the narrow twin is for phones."""

    percentiles: Markup | None
    percentiles_narrow: Markup | None
    spectrum: Markup | None
    clocks: Markup | None
    difference: Markup | None
    delivery: Markup | None
    split: Markup | None
    errors: Markup | None
    system: tuple[tuple[SystemPlot, Markup], ...]


def draw_stage(stage: StageSection) -> StagePlots | None:
    """Draw a stage; None when nothing was recorded of it."""
    if not stage.span_s:
        return None
    return StagePlots(
        percentiles=_percentiles(stage, "time", WIDE),
        percentiles_narrow=_percentiles(stage, "time-narrow", WIDTH),
        spectrum=_spectrum(stage),
        clocks=_clocks(stage),
        difference=_difference(stage),
        delivery=_delivery(stage),
        split=_split(stage),
        errors=_errors(stage),
        system=tuple((system, _system(stage, at, system)) for at, system in enumerate(stage.system)),
    )


def _name(stage: StageSection, what: str) -> str:
    return f"s{stage.number}-{what}"


def _percentiles(stage: StageSection, what: str, width: int) -> Markup | None:
    if not any(curve.has_points for curve in stage.percentiles):
        return None
    return latency.over_time(
        stage.percentiles,
        stage.limits,
        stage.moments,
        stage.span,
        name=_name(stage, what),
        width=width,
        not_judged_s=stage.not_judged_s,
    )


def _spectrum(stage: StageSection) -> Markup | None:
    if not any(curve.has_points for curve in stage.spectra):
        return None
    name = _name(stage, "spectrum")
    return latency.spectrum(stage.spectra, stage.corners, name=name, title="Percentile spectrum")


def _clocks(stage: StageSection) -> Markup | None:
    if not any(curve.has_points for curve in stage.clocks):
        return None
    return latency.spectrum(stage.clocks, (), name=_name(stage, "clocks"), title="Times by every clock")


def _difference(stage: StageSection) -> Markup | None:
    if not stage.differences:
        return None
    return latency.difference(
        stage.differences,
        stage.tolerances,
        name=_name(stage, "difference"),
        reference=stage.reference,
    )


def _delivery(stage: StageSection) -> Markup | None:
    if stage.delivery is None:
        return None
    return delivery.delivery(stage.delivery, stage.span, name=_name(stage, "load"))


def _split(stage: StageSection) -> Markup | None:
    if stage.split is None or not stage.split.has_points:
        return None
    return delivery.split(stage.split, stage.weight * 100, stage.span, name=_name(stage, "split"))


def _errors(stage: StageSection) -> Markup | None:
    if not any(curve.has_points for curve in stage.error_rates):
        return None
    return delivery.over_time(
        stage.error_rates,
        stage.error_limits,
        stage.span,
        unit="% failed",
        name=_name(stage, "errors"),
        title="Error rate",
    )


def _system(stage: StageSection, at: int, system: SystemPlot) -> Markup:
    return delivery.over_time(
        system.curves,
        system.limits,
        stage.span,
        unit=system.unit,
        name=_name(stage, f"system{at}"),
        title=f"{system.name} over time",
    )
