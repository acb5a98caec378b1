"""One estimate against one limit: pass, fail, or not decided."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from harness.judge.outcome import Outcome
from harness.judge.stats.estimate import Estimate
from harness.judge.verdict import Finding
from harness.judge.words import Unit
from harness.plan.criteria.compare import Op

UNDECIDED = "The evidence does not decide it."


@dataclass(frozen=True)
class Question:
    """A limit in the base unit, and how to speak of it."""

    criterion: str
    subject: str
    """What is measured, as the start of a sentence: `The canary's p95`."""
    op: Op
    limit: float
    unit: Unit
    sign: str = ""
    """`+` when values are changes against the baseline."""

    def spoken(self, value: float) -> str:
        """Write a value with its unit."""
        return self.unit.spoken(value, self.sign)


def decide(
    question: Question, estimate: Estimate, missing: str | None = None, detectable: float | None = None
) -> Finding:
    """Hold an estimate against a limit.

    Fail when even the kinder bound breaks the limit; pass when even the stricter bound keeps it and
    nothing is `missing`; else inconclusive. `missing` says what evidence a pass would still need;
    `detectable` (in the base unit) goes into the finding.
    """
    finding = _decided(question, estimate, missing)
    return finding if detectable is None else replace(finding, detectable=question.unit.of(detectable))


def _decided(question: Question, estimate: Estimate, missing: str | None) -> Finding:
    if estimate.observed is None:
        return _finding(question, estimate, Outcome.INCONCLUSIVE, missing or "Nothing was measured.")
    if _broken(question, estimate):
        return _finding(question, estimate, Outcome.FAIL, "")
    if missing:
        return _finding(question, estimate, Outcome.INCONCLUSIVE, missing)
    if _kept(question, estimate):
        return _finding(question, estimate, Outcome.PASS, "")
    return _finding(question, estimate, Outcome.INCONCLUSIVE, UNDECIDED)


def _broken(question: Question, estimate: Estimate) -> bool:
    op, limit = question.op, question.limit
    if estimate.lower == estimate.upper:
        return op.opposite.holds(estimate.lower, limit)
    return op.beyond.holds(estimate.lower if op.bounds_above else estimate.upper, limit)


def _kept(question: Question, estimate: Estimate) -> bool:
    op = question.op
    return op.holds(estimate.upper if op.bounds_above else estimate.lower, question.limit)


_LIMIT_WORDS = {Op.LT: "below", Op.LE: "at most", Op.GT: "above", Op.GE: "at least"}


def _finding(question: Question, estimate: Estimate, outcome: Outcome, more: str) -> Finding:
    unit = question.unit
    return Finding(
        criterion=question.criterion,
        outcome=outcome,
        observed=None if estimate.observed is None else unit.of(estimate.observed),
        limit=unit.of(question.limit),
        unit=unit.name,
        lower=unit.of(estimate.lower) if estimate.observed is not None else None,
        upper=unit.of(estimate.upper) if estimate.observed is not None else None,
        n=estimate.n,
        reason=f"{_sentence(question, estimate, outcome)} {more}".strip(),
        blocks=estimate.blocks,
    )


def _sentence(question: Question, estimate: Estimate, outcome: Outcome) -> str:
    limit = f"{_LIMIT_WORDS[question.op]} {question.spoken(question.limit)}"
    if estimate.observed is None:
        return f"{question.subject} is unknown; it must be {limit}."
    was = f"{question.subject} was {question.spoken(estimate.observed)}{_margin(question, estimate)}"
    match outcome:
        case Outcome.PASS:
            return f"{was}, and had to be {limit}."
        case Outcome.FAIL:
            return f"{was}, but had to be {limit}."
        case _:
            return f"{was}; it must be {limit}."


def _margin(question: Question, estimate: Estimate) -> str:
    if estimate.lower == estimate.upper:
        return ""
    low, high = question.spoken(estimate.lower), question.spoken(estimate.upper)
    if not math.isfinite(estimate.upper):
        return f" (surely at least {low})" if math.isfinite(estimate.lower) else " (bounds unknown)"
    return f" (between {low} and {high})" if math.isfinite(estimate.lower) else f" (surely at most {high})"
