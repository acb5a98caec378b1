"""From a run's record and its verdict to the report: a pure function, no clock and no files."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import nan
from operator import itemgetter
from typing import Any

from harness.judge.finding import Finding, Subject
from harness.judge.outcome import Outcome
from harness.judge.validity.course import rollback_of
from harness.judge.validity.generator import DELIVERED, ON_TIME
from harness.judge.verdict import StageVerdict, Verdict
from harness.plan.model import Plan
from harness.plan.traffic.metrics import Metrics
from harness.plan.traffic.traffic import AccessLog, Traffic
from harness.plan.variant import Variant
from harness.record.evidence import Evidence, StageEvidence
from harness.record.evidence_source import EvidenceSource
from harness.report.caught import caught
from harness.report.data.series import Curve
from harness.report.headline import headline
from harness.report.page import limits
from harness.report.page.findings import what_decided
from harness.report.page.stage_view import stage_view
from harness.report.page.timeline import TimelineEntry, incidents, timeline, unfinished
from harness.report.page.view import BudgetRow, Overview, Report, StageSection
from harness.report.plots.axes import EventMark, TimeSpan
from harness.report.released import release_of, release_text
from harness.report.standing import UNDER_WAY, Standing
from harness.report.wording import count, duration, latency, quantity, share, together

NOT_RUN = "notrun"


def compose(
    run: Mapping[str, Any],
    plan_text: str,
    evidence: Evidence,
    verdict: Verdict | None,
    unjudged: str = "",
    standing: Standing | None = None,
) -> Report:
    """Return the report; without a verdict its outcome is invalid and `unjudged` is the reason.

    One of a run that goes on, with a `standing`, has no outcome yet.
    """
    entries = timeline(evidence.events)
    stages = _stage_views(evidence, verdict, entries, standing)
    cut = [] if standing else unfinished(evidence.events, _last_s(evidence, stages))
    outcome = verdict.outcome if verdict else UNDER_WAY if standing else Outcome.INVALID
    rollback = rollback_of(evidence.events)
    return Report(
        plan_name=str(run.get("plan_name", "?")),
        service=evidence.plan.service,
        release=release_text(release_of(run)),
        started=str(run.get("started", "")).replace("T", " ").replace("Z", " UTC"),
        epoch_s=float(run["epoch_s"]),
        outcome=outcome,
        headline=standing.word if standing else headline(outcome, rollback),
        caught=_caught(run, evidence, verdict),
        reason=together(verdict.reason if verdict else unjudged),
        judged=verdict is not None,
        facts=_facts(stages, verdict, run),
        stages=stages,
        reasons=what_decided((row for stage in stages for row in stage.findings), outcome),
        overview=_overview(
            evidence,
            stages,
            [EventMark(event.at_s, event.sign, event.text) for event in entries if event.sign],
        ),
        timeline=[*entries, *cut],
        incidents=[*incidents(entries), *cut],
        budget=_budget(evidence, stages),
        problems=evidence.problems,
        targets=_targets(evidence.plan),
        plan_text=plan_text,
        versions=_pairs(run.get("versions")),
        machine={
            **_pairs(run.get("machine")),
            "time scale": f"{run.get('time_scale', 1.0):g}",
            "seed": str(evidence.plan.seed),
        },
    )


def _caught(run: Mapping[str, Any], evidence: Evidence, verdict: Verdict | None) -> str:
    if verdict is None or run.get("source") != EvidenceSource.PAST_LOG:
        return ""
    return caught(float(run["epoch_s"]), evidence.events, verdict)


def _stage_views(
    evidence: Evidence,
    verdict: Verdict | None,
    entries: Sequence[TimelineEntry],
    standing: Standing | None,
) -> list[StageSection]:
    judged = {stage.name: stage for stage in verdict.stages} if verdict else {}
    named = [(found, judged.get(found.stage.name)) for found in evidence.stages]
    return [
        stage_view(evidence.plan, found, one, _outcome(found, one, standing), entries) for found, one in named
    ]


def _outcome(evidence: StageEvidence, judged: StageVerdict | None, standing: Standing | None) -> str:
    if judged is not None:
        return judged.outcome
    has_begun = evidence.started_s is not None or bool(evidence.intervals)
    if standing is not None:
        return standing.outcome_of(evidence.stage.name, has_begun=has_begun)
    return Outcome.INVALID if has_begun else NOT_RUN


def _last_s(evidence: Evidence, stages: Sequence[StageSection]) -> float:
    """Return the moment of the last thing that was recorded."""
    at_s = [event.t_s for event in evidence.events]
    ends = [view.span.end_s for view in stages]
    return max([*at_s, *ends], default=0.0)


def _facts(
    stages: Sequence[StageSection], verdict: Verdict | None, run: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    ran = [stage for stage in stages if stage.duration_s is not None]
    total = sum(sum(stage.requests.values()) for stage in ran)
    canary = sum(stage.requests[Variant.CANARY] for stage in ran)
    lasted_s, planned_s = (
        sum(stage.duration_s or 0.0 for stage in ran),
        sum(stage.planned_s for stage in stages),
    )
    scale = float(run.get("time_scale", 1.0))
    return [
        ("Requests", count(total), f"{count(canary)} to the canary"),
        ("Load delivered", *_delivered(verdict)),
        ("Canary requests failed", *_failed(ran)),
        ("Generator late, p99", *_late(verdict)),
        (
            "Load sent for",
            duration(lasted_s),
            f"of {duration(planned_s)} planned{f', time scale {scale:g}' if scale != 1 else ''}",
        ),
    ]


def _late(verdict: Verdict | None) -> tuple[str, str]:
    """Return how late the generator was as it was judged: the page has one number for that."""
    found = _measured(verdict, ON_TIME)
    if not found:
        return latency(None), "not judged yet" if verdict is None else "nothing was sent"
    worst = max(found, key=lambda finding: finding.observed or 0.0)
    return quantity(worst.observed, worst.unit), f"limit {quantity(worst.limit, worst.unit)}, worst stage"


def _measured(verdict: Verdict | None, subject: Subject) -> list[Finding]:
    judged = verdict.stages if verdict else ()
    found = (finding for stage in judged for finding in stage.findings if finding.id == subject.id)
    return [finding for finding in found if finding.observed is not None]


def _delivered(verdict: Verdict | None) -> tuple[str, str]:
    if verdict is None:
        return quantity(None, "%"), "not judged yet"
    known = [f.observed for f in _measured(verdict, DELIVERED) if f.observed is not None]
    dropped = sum(stage.dropped for stage in verdict.stages)
    return quantity(min(known, default=None), "%"), f"worst stage, {count(dropped)} dropped"


def _failed(ran: Sequence[StageSection]) -> tuple[str, str]:
    requests = sum(stage.requests[Variant.CANARY] for stage in ran)
    failed = sum(stage.failed[Variant.CANARY] for stage in ran)
    return count(failed), f"{share(failed / requests)} of them" if requests else "none was sent"


def _overview(
    evidence: Evidence, stages: Sequence[StageSection], moments: Sequence[EventMark]
) -> Overview | None:
    ran = [
        (found, view)
        for found, view in zip(evidence.stages, stages, strict=True)
        if view.span_s and view.percentiles
    ]
    if not ran:
        return None
    origin_s = min(view.started_s for _, view in ran)
    shown = [replace(moment, at_s=moment.at_s - origin_s) for moment in moments if moment.at_s >= origin_s]
    parts = [(view.span.start_s - origin_s, view.span.end_s - origin_s) for _, view in ran]
    return Overview(
        span=TimeSpan(origin_s, max([*(end_s for _, end_s in parts), *(moment.at_s for moment in shown)])),
        curves=[_joined(variant, origin_s, [view for _, view in ran]) for variant in evidence.plan.variants],
        stages=[(*part, view.name) for part, (_, view) in zip(parts, ran, strict=True)],
        limits=[
            (*part, limit)
            for part, (found, _) in zip(parts, ran, strict=True)
            if (limit := limits.p95_limit_ms(found.stage)) is not None
        ],
        moments=shown,
    )


def _joined(variant: str, origin_s: float, views: Sequence[StageSection]) -> Curve:
    """Join the p95 of all stages to one curve with a gap after each stage and in its pauses."""
    points: list[tuple[float, float]] = []
    for view in views:
        curve = next(curve for curve in view.percentiles if (curve.name, curve.variant) == ("p95", variant))
        gaps_s = [*(at_s for at_s, _ in view.pauses), view.span_s]
        of_stage = [*zip(curve.x, curve.y, strict=True), *((at_s, nan) for at_s in gaps_s)]
        points += [(view.span.run_time_s(x) - origin_s, y) for x, y in sorted(of_stage, key=itemgetter(0))]
    return Curve("p95", variant, [x for x, _ in points], [y for _, y in points])


def _budget(evidence: Evidence, stages: Sequence[StageSection]) -> list[BudgetRow]:
    return [
        BudgetRow(view.name, text, requests, requests * allowed, view.failed[Variant.CANARY])
        for found, view in zip(evidence.stages, stages, strict=True)
        if (requests := view.requests[Variant.CANARY])
        for text, allowed in limits.error_budgets(found.stage)
    ]


def _targets(plan: Plan) -> str:
    if plan.traffic is not None:
        return _watched(plan.traffic)
    targets = plan.targets
    if targets is None or not targets.urls:
        return "the embedded service, started for this run"
    if targets.variant_header is not None:
        url = targets.urls["ingress"]
        return f"{url}, split by the router, told apart by the response header {targets.variant_header}"
    return f"{', '.join(f'{name} {url}' for name, url in targets.urls.items())}, split by the load itself"


def _watched(traffic: Traffic) -> str:
    match traffic.watched:
        case AccessLog(path=paths):
            return f"the access log {', '.join(paths)}"
        case Metrics(duration=histogram):
            return f"the histogram {histogram} of the service's metrics"


def _pairs(given: object) -> dict[str, str]:
    return {str(name): str(value) for name, value in given.items()} if isinstance(given, Mapping) else {}
