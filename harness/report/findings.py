"""Findings in words and as positions on their small pictures."""

from collections.abc import Iterable
from math import isfinite

from harness.judge.outcome import Outcome
from harness.judge.verdict import Finding, StageVerdict
from harness.plan.criterion import AnyCriterion, Criterion, CriterionError, parse_criterion
from harness.report.view import FindingRow, Place
from harness.report.wording import NOTHING, count, quantity

_ROOM = 1.12  # how far the picture goes beyond its largest number


def finding_rows(stage: StageVerdict, anchor: str) -> list[FindingRow]:
    """Return the findings of a stage in the judge's order."""
    return [_row(finding, stage.name, anchor) for finding in stage.findings]


def _row(finding: Finding, stage: str, anchor: str) -> FindingRow:
    return FindingRow(
        stage=stage,
        anchor=anchor,
        criterion=finding.criterion,
        outcome=finding.outcome,
        observed=quantity(finding.observed, finding.unit),
        bounds=bounds_text(finding),
        limit=quantity(finding.limit, finding.unit),
        n=count(finding.n) if finding.n else NOTHING,
        reason=finding.reason,
        place=place(finding),
    )


def bounds_text(finding: Finding) -> str:
    """Return the range between the bounds; one-sided where only one is known."""
    lower, upper = (quantity(value, finding.unit) for value in (finding.lower, finding.upper))
    if lower == upper:
        return lower
    if lower == NOTHING:
        return f"≤ {upper}"
    if upper == NOTHING:
        return f"≥ {lower}"
    return f"{_bare(finding.lower, finding.unit)} … {upper}"


def _bare(value: float | None, unit: str) -> str:
    text = quantity(value, unit)
    return text.removesuffix(unit).rstrip()


def place(finding: Finding) -> Place | None:
    """Place a finding's numbers on a line from zero (or below) to beyond the largest; None without them."""
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

    limit = at(finding.limit, 0.0)
    below = good_is_below(finding)
    return Place(
        observed=at(finding.observed, 0.0),
        lower=at(finding.lower, 0.0),
        upper=at(finding.upper, 100.0),
        limit=limit,
        allowed=None if below is None else (0.0, limit) if below else (limit, 100.0),
    )


def good_is_below(finding: Finding) -> bool | None:
    """Say on which side of the limit a criterion holds, None when neither its text nor its outcome tells."""
    criterion = _criterion(finding.criterion)
    if isinstance(criterion, Criterion):
        return criterion.op.bounds_above
    if finding.observed is None or finding.limit is None or finding.observed == finding.limit:
        return None
    decided = {Outcome.PASS: finding.observed < finding.limit, Outcome.FAIL: finding.observed > finding.limit}
    return decided.get(finding.outcome)


def _criterion(text: str) -> AnyCriterion | None:
    """Read a finding's criterion; one of an endpoint has its name in front."""
    try:
        return parse_criterion(text.rpartition(": ")[2])
    except CriterionError:
        return None


def what_decided(rows: Iterable[FindingRow], outcome: str, most: int = 8) -> list[FindingRow]:
    """Return what a reader needs first: the worst findings, or on a pass those nearest to their limits."""
    found = list(rows)
    if outcome == Outcome.PASS:
        near = [row for row in found if row.place is not None and row.place.limit > 0]
        return sorted(near, key=_distance)[:3]
    bad = [row for row in found if row.outcome != Outcome.PASS]
    return sorted(bad, key=lambda row: -Outcome(row.outcome).rank)[:most]


def _distance(row: FindingRow) -> float:
    assert row.place is not None
    return abs(row.place.limit - row.place.observed) / row.place.limit
