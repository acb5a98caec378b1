"""One estimate against one limit: pass, fail, or not decided."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from harness.judge.finding import Result
from harness.judge.outcome import Outcome
from harness.judge.stats.estimate import Estimate
from harness.judge.windows.course import Course
from harness.judge.words import Unit, unit_of
from harness.plan.criteria.compare import Op
from harness.plan.criteria.measure import Measure

UNDECIDED = "The bounds lie on both sides of the limit."


@dataclass(frozen=True)
class Requirement:
    """A limit that a number has to keep, in its base unit, and the words for it."""

    subject: str
    """What is measured, as the start of a sentence: `The canary's p95`."""
    op: Op
    limit: float
    unit: Unit
    measure: Measure | None = None
    relative: bool = False
    """Whether values are changes against the baseline."""
    growth: bool = False
    """Whether values are changes over the stage."""

    def spoken(self, value: float) -> str:
        """Write a value with its unit; a change has its sign."""
        return self.unit.spoken(value, "+" if self.relative or self.growth else "")


@dataclass(frozen=True)
class Decision:
    """The outcome of holding an estimate against a requirement; `remarks` are sentences that explain it."""

    requirement: Requirement
    estimate: Estimate
    outcome: Outcome
    remarks: tuple[str, ...] = ()
    detectable: float | None = None
    """In the base unit."""
    baseline: float | None = None
    """The baseline's own value, in the base unit of the measure."""
    decided_at_s: float | None = None
    course: Course | None = None
    """When it was beyond the limit, if not all along."""

    @property
    def breaks_the_limit(self) -> bool:
        """Whether the observed value does, surely or not."""
        required, observed = self.requirement, self.estimate.observed
        return observed is not None and required.op.opposite.holds(observed, required.limit)

    def turned(self, outcome: Outcome, because: str) -> Decision:
        """Return the same with another outcome and the reason for it."""
        return replace(self, outcome=outcome, remarks=(*self.remarks, because))

    @property
    def observation(self) -> str:
        """What was seen, as a sentence without its end: `The canary's p95 was 60ms (between … and …)`."""
        required, estimate = self.requirement, self.estimate
        if estimate.observed is None:
            return f"{required.subject} is unknown"
        was = "is that of requests" if estimate.observed == math.inf else "was"
        return f"{required.subject} {was} {required.spoken(estimate.observed)}{_margin(required, estimate)}"

    @property
    def explanation(self) -> str:
        """Sentences that explain the outcome; empty where the numbers explain it."""
        undecided = self.outcome is Outcome.INCONCLUSIVE and not self.remarks
        when = self.course.spoken if self.course else ""
        return " ".join(filter(None, [UNDECIDED if undecided else "", *self.remarks, when]))

    @property
    def reason(self) -> str:
        """The whole decision as sentences for people."""
        limit = f"{_LIMIT_WORDS[self.requirement.op]} {self.requirement.spoken(self.requirement.limit)}"
        held = {Outcome.PASS: f", and had to be {limit}.", Outcome.FAIL: f", but had to be {limit}."}
        undecided = f"; it must be {limit}."
        sentence = undecided if self.estimate.observed is None else held.get(self.outcome, undecided)
        return f"{self.observation}{sentence} {self.explanation}".strip()

    @property
    def result(self) -> Result:
        """The decision with its numbers in the units of a finding."""
        required, estimate, known = self.requirement, self.estimate, self.estimate.observed is not None
        unit, measure = required.unit, required.measure
        # A change in percent has another unit than what changed.
        own = unit_of(measure, self.baseline or 0.0) if measure and required.relative else unit
        return Result(
            outcome=self.outcome,
            reason=self.reason,
            measure=measure.name if measure else None,
            relative=required.relative,
            better=required.op.better,
            observed=unit.observed(estimate.observed),
            limit=unit.of(required.limit),
            unit=unit.name,
            lower=unit.of(estimate.lower) if known else None,
            upper=unit.of(estimate.upper) if known else None,
            baseline=None if self.baseline is None else own.of(self.baseline),
            baseline_unit="" if self.baseline is None else own.name,
            n=estimate.n,
            blocks=estimate.blocks or None,
            detectable=None if self.detectable is None else unit.of(self.detectable),
            decided_at_s=self.decided_at_s,
            since_s=self.course.since_s if self.course else None,
            until_s=self.course.until_s if self.course else None,
        )


def decide(
    requirement: Requirement,
    estimate: Estimate,
    missing: str | None = None,
    detectable: float | None = None,
    baseline: float | None = None,
) -> Decision:
    """Hold an estimate against a limit.

    Fail when even the bound on the good side breaks the limit; pass when even the bound on the bad side keeps
    it and nothing is `missing`; otherwise inconclusive. `missing` says what evidence a pass would still need;
    `detectable` and the `baseline`'s own value, in base units, go into the finding.
    """
    outcome, remark = _outcome(requirement, estimate, missing)
    return Decision(requirement, estimate, outcome, (remark,) if remark else (), detectable, baseline)


def _outcome(requirement: Requirement, estimate: Estimate, missing: str | None) -> tuple[Outcome, str | None]:
    if estimate.observed is None:
        return Outcome.INCONCLUSIVE, missing or "Nothing was measured."
    if _broken(requirement, estimate):
        return Outcome.FAIL, None
    if missing:
        return Outcome.INCONCLUSIVE, missing
    return (Outcome.PASS if _kept(requirement, estimate) else Outcome.INCONCLUSIVE), None


def _broken(required: Requirement, estimate: Estimate) -> bool:
    op, limit = required.op, required.limit
    if estimate.lower == estimate.upper:
        return op.opposite.holds(estimate.lower, limit)
    return op.beyond.holds(estimate.lower if op.bounds_above else estimate.upper, limit)


def _kept(required: Requirement, estimate: Estimate) -> bool:
    op = required.op
    return op.holds(estimate.upper if op.bounds_above else estimate.lower, required.limit)


_LIMIT_WORDS = {Op.LT: "below", Op.LE: "at most", Op.GT: "above", Op.GE: "at least"}


def _margin(required: Requirement, estimate: Estimate) -> str:
    if estimate.lower == estimate.upper:
        return ""
    low, high = required.spoken(estimate.lower), required.spoken(estimate.upper)
    if not math.isfinite(estimate.upper):
        return f" (at least {low})" if math.isfinite(estimate.lower) else " (bounds unknown)"
    return f" (between {low} and {high})" if math.isfinite(estimate.lower) else f" (at most {high})"
