"""A report as one self-contained page: no script, no network, every text from outside escaped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from harness.report import wording
from harness.report.plots import delivery, latency, overview
from harness.report.plots.canvas import WIDE
from harness.report.style import MEANINGS, SYMBOLS, WORDS, css_variables
from harness.report.view import Report, StageView, SystemPlot

if TYPE_CHECKING:
    from jinja2 import Environment

PAGES = Path(__file__).parent / "pages"

REVIEW = (
    ("Metrics reviewed", "Were all metrics within their thresholds, in every stage? Which came close?"),
    ("Error logs checked", "What failed, and is each kind of error above understood?"),
    ("Performance verified", "Does the canary hold at full traffic for as long as the plan asks?"),
    ("Results and decisions", "Go live, repeat a stage, or go back; who decided, and when."),
    ("What we learned", "What surprised us, what we change before the next rollout, and who does it."),
)


@dataclass(frozen=True)
class StagePlots:
    """The drawings of one stage; None where there was nothing to draw."""

    percentiles: Markup | None = None
    percentiles_narrow: Markup | None = None
    spectrum: Markup | None = None
    both_clocks: Markup | None = None
    difference: Markup | None = None
    delivery: Markup | None = None
    split: Markup | None = None
    errors: Markup | None = None
    system: tuple[tuple[SystemPlot, Markup], ...] = ()


def render(report: Report) -> str:
    """Return the whole page."""
    plots = {
        "stages": {stage.number: draw_stage(stage) for stage in report.stages},
        "overview": overview.run(report.overview, name="run", width=WIDE) if report.overview else None,
        "overview_narrow": overview.run(report.overview, name="run-narrow") if report.overview else None,
    }
    page = environment().get_template("report.html")
    return page.render(report=report, plots=plots, review=REVIEW)


@cache
def environment() -> "Environment":
    """Return the templates with the filters that word numbers and tame texts."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    found = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: Mapping[str, Callable[..., Any]] = {
        name: getattr(wording, name)
        for name in (
            "bounded",
            "clock",
            "count",
            "cut",
            "digits",
            "duration",
            "latency",
            "percent",
            "rate",
            "share",
            "visible",
        )
    }
    found.filters |= {**filters, "pos": lambda value: f"{value:.2f}"}
    css = css_variables() + (PAGES / "page.css").read_text("utf-8")
    found.globals |= {"symbols": SYMBOLS, "words": WORDS, "meanings": MEANINGS, "css": Markup(css)}  # noqa: S704 - our own file
    return found


def draw_stage(stage: StageView) -> StagePlots | None:
    """Draw everything there is to draw of a stage; None when nothing was recorded."""
    if not stage.span_s:
        return None
    key = f"s{stage.number}"
    times = (stage.percentiles, stage.limits, stage.moments, stage.span_s)
    measured = any(curve.has_points for curve in stage.percentiles)
    return StagePlots(
        percentiles=latency.over_time(*times, name=f"{key}-time", width=WIDE) if measured else None,
        percentiles_narrow=latency.over_time(*times, name=f"{key}-time-narrow") if measured else None,
        spectrum=latency.spectrum(
            stage.spectra, stage.corners, name=f"{key}-spectrum", title="Percentile spectrum"
        )
        if measured
        else None,
        both_clocks=latency.spectrum(
            stage.both_clocks, (), name=f"{key}-clocks", title="Response and service time"
        )
        if measured
        else None,
        difference=latency.difference(stage.differences, stage.tolerances, name=f"{key}-difference")
        if stage.differences
        else None,
        delivery=delivery.delivery(stage.delivery, stage.span_s, name=f"{key}-load")
        if stage.delivery
        else None,
        split=delivery.split(stage.split, stage.weight * 100, stage.span_s, name=f"{key}-split")
        if stage.split
        else None,
        errors=_error_rates(stage, key),
        system=tuple(
            (system, _system(system, stage, f"{key}-system{at}")) for at, system in enumerate(stage.system)
        ),
    )


def _error_rates(stage: StageView, key: str) -> Markup | None:
    if not any(curve.has_points for curve in stage.error_rates):
        return None
    return delivery.over_time(
        stage.error_rates,
        stage.error_limits,
        stage.span_s,
        unit="% failed",
        name=f"{key}-errors",
        title="Error rate",
    )


def _system(system: SystemPlot, stage: StageView, name: str) -> Markup:
    return delivery.over_time(
        system.curves,
        system.limits,
        stage.span_s,
        unit=system.unit,
        name=name,
        title=f"{system.name} over time",
    )
