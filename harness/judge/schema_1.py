"""Verdicts of schema 1, in which a finding was known by the text of its criterion only.

This is the one place that takes such a text apart. Verdicts of schema 2 say the same in fields.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from harness.judge.finding import Better, FindingKind, Severity, Subject
from harness.judge.validity.accounts import ACCOUNTED, SPLIT
from harness.judge.validity.generator import DELIVERED, ON_TIME
from harness.judge.validity.soundness import MIX, STEADY
from harness.judge.verdict import SCHEMA
from harness.plan.criteria.criterion import (
    AnyCriterion,
    Criterion,
    CriterionError,
    Named,
    NamedCriterion,
    parse_criterion,
)

_KNOWN: Final = {subject.title: subject for subject in (ACCOUNTED, SPLIT, DELIVERED, ON_TIME, MIX, STEADY)}
_BETTER: Final[Mapping[str, Better]] = {ACCOUNTED.id: "lower", ON_TIME.id: "lower", DELIVERED.id: "higher"}
_SEVERITIES: Final[tuple[Severity, ...]] = ("warning", "critical")


def from_schema_1(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document in schema 2; what has another shape than schema 1 is left as it is."""
    return {**document, "schema": SCHEMA, "stages": [_stage(each) for each in _list(document.get("stages"))]}


def _stage(stage: Any) -> Any:
    if not isinstance(stage, dict):
        return stage
    findings = [_finding(each) for each in _list(stage.get("findings"))]
    early = stage.get("early_fail")
    if isinstance(early, dict) and isinstance(early.get("criterion"), str):
        early = {**early, "id": _subject(early["criterion"], fired=False).id}
    return {**stage, "findings": findings, "early_fail": early}


def _finding(finding: Any) -> Any:
    if not isinstance(finding, dict) or not isinstance(finding.get("criterion"), str):
        return finding
    text = finding["criterion"]
    criterion = _criterion(text)
    subject = _subject(text, fired=_fired(criterion, finding.get("unit")))
    new = {**finding, **asdict(subject), "better": _better(subject, criterion, finding)}
    match criterion:
        case Criterion(measure=measure):
            new |= {"measure": measure.name, "relative": criterion.is_relative}
        case NamedCriterion():
            new |= {"relative": criterion.is_relative}
    if subject.kind is FindingKind.TRIGGER:
        # Schema 1 counted one trigger that fired and none that may.
        new |= dict.fromkeys(("observed", "limit", "lower", "upper", "better"), None)
    return new


def _subject(text: str, *, fired: bool) -> Subject:
    if text in _KNOWN:
        return _KNOWN[text]
    prefix, _, rest = text.rpartition(": ")
    for severity in _SEVERITIES:
        if prefix == severity and isinstance(level := _criterion(rest), Criterion):
            return Subject.of_level(level.measure.name, severity, level.text)
    if fired:
        return Subject.of_trigger(text)
    return Subject.of_criterion(rest, prefix) if prefix and _criterion(rest) else Subject.of_criterion(text)


def _criterion(text: str) -> AnyCriterion | None:
    try:
        return parse_criterion(text.rpartition(": ")[2])
    except CriterionError:
        return None


def _fired(criterion: AnyCriterion | None, unit: Any) -> bool:
    """Tell whether a finding says that a trigger fired: it was a count, whatever the trigger measures."""
    match criterion:
        case Criterion(measure=measure):
            return measure.dimension is not None and not unit
        case NamedCriterion(name=name):
            return name is Named.SERVICE_DOWN
        case None:
            return False


def _better(subject: Subject, criterion: AnyCriterion | None, finding: Mapping[str, Any]) -> Better | None:
    if subject.id in _BETTER:
        return _BETTER[subject.id]
    if isinstance(criterion, Criterion):
        # A level is an alarm: it says where the bad values are.
        op = criterion.op.opposite if subject.kind is FindingKind.LEVEL else criterion.op
        return op.better
    return "lower" if criterion is not None and finding.get("observed") is not None else None


def _list(value: Any) -> Iterator[Any]:
    yield from value if isinstance(value, list) else ()
