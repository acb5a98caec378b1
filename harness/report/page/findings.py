"""Findings as table rows, each with its numbers placed on a line."""

from collections.abc import Iterable
from math import inf, isfinite

from harness.judge.finding import Better, Finding, FindingKind
from harness.judge.outcome import Outcome
from harness.judge.validity.accounts import SPLIT
from harness.judge.validity.generator import DELIVERED, ON_TIME
from harness.judge.verdict import StageVerdict
from harness.plan.criteria.measure import MeasureError, MeasureKind, measure_named
from harness.record.events.stage_parts import StageParts
from harness.report.page.view import FindingRow, NumberLine
from harness.report.text.finding import bounds_text, limit_text, observed_text
from harness.report.wording import NOTHING, count, together

_SHOWN_IN = {ON_TIME.id: "load", DELIVERED.id: "load", SPLIT.id: "split"}
_OF_MEASURES = {
    MeasureKind.ERROR_RATE: "errors",
    MeasureKind.THROUGHPUT: "load",
    MeasureKind.CPU: "system",
    MeasureKind.MEMORY: "system",
}
_ROOM = 1.12  # how far the picture goes beyond its largest number


def finding_rows(stage: StageVerdict, anchor: str, parts: StageParts) -> list[FindingRow]:
    """Return the findings of a stage, which ran in these parts, in the judge's order."""
    return [
        _row(finding, stage.name, anchor, number, parts) for number, finding in enumerate(stage.findings, 1)
    ]


def _row(finding: Finding, stage: str, anchor: str, number: int, parts: StageParts) -> FindingRow:
    return FindingRow(
        stage=stage,
        anchor=f"{anchor}-finding-{number}",
        evidence=f"{anchor}-{shown_in}" if (shown_in := shows(finding)) else "",
        decided_s=None if finding.decided_at_s is None else parts.run_time_s(finding.decided_at_s),
        criterion=finding.title,
        outcome=finding.outcome,
        observed=observed_text(finding),
        bounds=bounds_text(finding),
        limit=limit_text(finding),
        n=count(finding.n) if finding.n else NOTHING,
        reason=together(finding.reason),
        number_line=number_line(finding),
        planned=finding.kind not in (FindingKind.VALIDITY, FindingKind.NOTE),
        warns=finding.severity == "warning",
    )


def shows(finding: Finding) -> str:
    """Name the part of a stage's section in which a finding can be seen; nothing where none shows it."""
    if finding.endpoint is not None:
        return "endpoints"
    if finding.id in _SHOWN_IN:
        return _SHOWN_IN[finding.id]
    try:
        measure = measure_named(finding.measure or "")
    except MeasureError:
        return ""
    if measure.is_latency:
        return "time"
    return _OF_MEASURES.get(measure.kind, "")


def number_line(finding: Finding) -> NumberLine | None:
    """Put a finding's numbers on a line from zero (or below) to beyond the largest; None without them."""
    if finding.observed is None or finding.limit is None:
        return None
    known = [
        v
        for v in (finding.observed, finding.limit, finding.lower, finding.upper)
        if v is not None and isfinite(v)
    ]
    start = min(0.0, *known) * _ROOM
    span = (max(0.0, *known) * _ROOM - start) or 1.0

    def at(value: float | None, otherwise: float) -> float:
        return otherwise if value is None else min(max((value - start) / span * 100, 0.0), 100.0)

    limit_at = at(finding.limit, 0.0)
    return NumberLine(
        observed=at(finding.observed, 0.0),
        lower=at(finding.lower, 0.0),
        upper=at(finding.upper, 100.0),
        limit=limit_at,
        allowed=_allowed(finding.better, limit_at),
    )


def _allowed(better: Better | None, limit_at: float) -> tuple[float, float] | None:
    match better:
        case "lower":
            return 0.0, limit_at
        case "higher":
            return limit_at, 100.0
        case None:
            return None


def what_decided(rows: Iterable[FindingRow], outcome: str, most: int = 8) -> list[FindingRow]:
    """Return what a reader needs first: the worst findings, or on a pass warnings and narrow margins."""
    found = list(rows)
    if outcome != Outcome.PASS:
        deciding = [row for row in found if row.outcome == outcome]
        bad = deciding or [row for row in found if row.outcome != Outcome.PASS]
        return sorted(bad, key=_importance)[:most]
    warnings = [row for row in found if row.warns]
    near = [
        row
        for row in found
        if not row.warns and row.planned and row.number_line and row.number_line.limit > 0
    ]
    return [*warnings[: most - 3], *sorted(near, key=_distance)[:3]]


def _importance(row: FindingRow) -> tuple[int, bool]:
    """Sort the worst first; what makes a run invalid lies in the measurement before it shows in criteria."""
    outcome = Outcome(row.outcome)
    return -outcome.rank, outcome is Outcome.INVALID and row.planned


def _distance(row: FindingRow) -> float:
    """Return how far the outcome was from changing: from the limit to the nearest bound, by the limit."""
    at = row.number_line
    return inf if at is None else min(abs(at.limit - at.lower), abs(at.limit - at.upper)) / at.limit
