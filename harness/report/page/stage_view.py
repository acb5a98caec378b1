"""What was recorded in one stage and its verdict, as one value."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import nan
from typing import Any

from harness.judge.verdict import StageVerdict
from harness.judge.windows.design import StageDesign
from harness.plan.model import Plan
from harness.plan.variant import Variant
from harness.record.evidence import StageEvidence
from harness.record.histograms.clocks import CLOCKS
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import EVERY_REQUEST, Kind
from harness.report.data.reading import StageReading, read
from harness.report.data.series import Curve, curve_of, percentile_curve, spectrum
from harness.report.data.window import STRONG, Window
from harness.report.page import limits
from harness.report.page.differences import differences
from harness.report.page.findings import finding_rows
from harness.report.page.generator import delivery_of
from harness.report.page.system import system_plots
from harness.report.page.tables import by_kind, corrected_rows, endpoints_of, error_rows
from harness.report.page.timeline import TimelineEntry, marks
from harness.report.page.view import StageSection
from harness.report.plots.axes import EventMark

PERCENTILES = (0.5, 0.95, 0.99)


def stage_view(
    plan: Plan,
    evidence: StageEvidence,
    verdict: StageVerdict | None,
    outcome: str,
    entries: Sequence[TimelineEntry],
) -> StageSection:
    """Return the stage; the curves are left out when no interval was recorded."""
    reading = read(plan, evidence)
    bare = _numbers(plan, evidence, verdict, outcome, reading)
    if not reading.windows:
        return bare
    return _with_latency(_with_load(bare, plan, evidence, reading), plan, evidence, reading, entries)


def _numbers(
    plan: Plan,
    evidence: StageEvidence,
    verdict: StageVerdict | None,
    outcome: str,
    reading: StageReading,
) -> StageSection:
    stage, number = evidence.stage, evidence.index + 1
    totals = by_kind(reading.totals)
    anchor, design = f"stage-{number}", StageDesign(plan, stage, evidence.source)
    return StageSection(
        number=number,
        name=stage.name,
        anchor=anchor,
        weight=float(stage.weight),
        outcome=outcome,
        # The end of a stage that was cut short records its planned length; its windows show the real one.
        duration_s=reading.span_s if reading.windows or evidence.started_s is not None else None,
        planned_s=stage.duration_s,
        not_judged_s=tuple(design.clock.not_judged_s()),
        has_level_rates=design.has_level_rates,
        planned_per_s=plan.rate_of(stage),
        sends=evidence.source.sends,
        achieved_per_s=verdict.achieved_rate if verdict else None,
        lateness_us=verdict.lateness_us if verdict else {},
        dropped=verdict.dropped if verdict else 0,
        requests={variant: _ended(totals, variant, *EVERY_REQUEST) for variant in plan.variants},
        failed={variant: _ended(totals, variant, Kind.FAILED) for variant in plan.variants},
        reference=plan.reference,
        findings=finding_rows(verdict, anchor, evidence.parts) if verdict else (),
        problems=evidence.unread,
        started_s=evidence.started_s or 0.0,
        pauses=tuple(zip(evidence.parts.pauses_s, evidence.parts.pause_lengths_s, strict=True)),
    )


def _ended(totals: Mapping[tuple[str, str], Histogram], variant: str, *kinds: str) -> int:
    return sum(totals[variant, kind].total for kind in kinds if (variant, kind) in totals)


def _with_load(
    view: StageSection, plan: Plan, evidence: StageEvidence, reading: StageReading
) -> StageSection:
    run = reading.windows
    rates = [curve_of(run, variant, variant, _error_percent(variant)) for variant in plan.variants]
    return replace(
        view,
        span_s=reading.span_s,
        delivery=delivery_of(plan, evidence, run) if evidence.source.sends else None,
        split=curve_of(run, "split", Variant.CANARY, _canary_percent),
        error_rates=rates,
        error_limits=limits.error_limits(plan, evidence.stage),
        system=system_plots(plan, evidence),
        errors=error_rows(evidence.events),
    )


def _canary_percent(window: Window) -> float:
    total = sum(window.requests(variant) for variant in Variant)
    return 100 * window.requests(Variant.CANARY) / total if total else nan


def _error_percent(variant: str) -> Any:
    def rate(window: Window) -> float:
        requests = window.requests(variant)
        return 100 * window.histogram(variant, Kind.FAILED).total / requests if requests else nan

    return rate


def _with_latency(
    view: StageSection,
    plan: Plan,
    evidence: StageEvidence,
    reading: StageReading,
    entries: Sequence[TimelineEntry],
) -> StageSection:
    run, totals = reading.windows, by_kind(reading.totals)
    endpoints, left_out = endpoints_of(reading.totals, view.span_s, plan.reference)
    return replace(
        view,
        percentiles=[
            percentile_curve(run, variant, q, banded=q == STRONG)
            for variant in plan.variants
            for q in PERCENTILES
        ],
        limits=limits.latency_limits(plan, evidence.stage),
        moments=[EventMark(view.span.x_s(at_s), sign) for at_s, sign in marks(entries, view.span)],
        spectra=_spectra(plan, totals, (Kind.RESPONSE,)),
        clocks=_spectra(plan, totals, [span.kind for span in CLOCKS.values()]),
        corners=limits.corners(evidence.stage),
        differences=differences(reading.blocks),
        tolerances=limits.tolerances(plan, evidence.stage),
        endpoints=endpoints,
        endpoints_left_out=left_out,
        corrected=corrected_rows(totals),
    )


def _spectra(plan: Plan, totals: Mapping[tuple[str, str], Histogram], kinds: Sequence[str]) -> list[Curve]:
    nothing = Histogram.empty()
    return [
        spectrum(totals.get((variant, kind), nothing), kind, variant)
        for variant in plan.variants
        for kind in kinds
    ]
