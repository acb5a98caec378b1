"""The result of judging one criterion, level, trigger or check: fields for programs, a reason for people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from harness.judge.outcome import Outcome

Better = Literal["lower", "higher"]
"""On which side of a limit the good values are."""
Severity = Literal["warning", "critical"]


class FindingKind(StrEnum):
    """Where a finding comes from."""

    CRITERION = "criterion"
    """A criterion of the stage, or one that the gate adds for every stage."""
    ENDPOINT = "endpoint"
    """A criterion of one endpoint."""
    LEVEL = "level"
    """A warning or critical level that was reached, or a critical one that was not measured."""
    TRIGGER = "trigger"
    """A rollback trigger that fired."""
    VALIDITY = "validity"
    """A check of the evidence itself."""
    NOTE = "note"
    """Worth knowing; it decides nothing."""


@dataclass(frozen=True)
class Subject:
    """What a finding is about. `id` is unique within a stage and the same each time a run is judged."""

    id: str
    kind: FindingKind
    criterion: str
    """For people: the criterion as the plan has it, or the name of a check."""
    endpoint: str | None = None
    severity: Severity | None = None

    @classmethod
    def of_criterion(cls, text: str, endpoint: str | None = None) -> Subject:
        """Name a criterion of all endpoints or one."""
        if endpoint is None:
            return cls(f"criterion:{text}", FindingKind.CRITERION, text)
        return cls(f"endpoint:{endpoint}:{text}", FindingKind.ENDPOINT, text, endpoint)

    @classmethod
    def of_level(cls, measure: str, severity: Severity, text: str) -> Subject:
        """Name a level of a measure."""
        return cls(f"level:{measure}:{severity}", FindingKind.LEVEL, text, severity=severity)

    @classmethod
    def of_trigger(cls, text: str) -> Subject:
        """Name a rollback trigger."""
        return cls(f"trigger:{text}", FindingKind.TRIGGER, text)

    @classmethod
    def of_check(cls, name: str, text: str) -> Subject:
        """Name a check of the evidence."""
        return cls(f"validity:{name}", FindingKind.VALIDITY, text)

    @classmethod
    def of_note(cls, name: str, text: str) -> Subject:
        """Name something that is worth a note."""
        return cls(f"note:{name}", FindingKind.NOTE, text)

    @property
    def title(self) -> str:
        """What it is called in tables: `p95 < 150ms`, `GET /tasks: p95 < 80ms`, `critical: cpu > 95%`."""
        prefix = self.endpoint or self.severity or ("note" if self.kind is FindingKind.NOTE else None)
        return self.criterion if prefix is None else f"{prefix}: {self.criterion}"


@dataclass(frozen=True, kw_only=True)
class Result:
    """An outcome with the numbers that decided it; a number is None where there is none."""

    outcome: Outcome
    reason: str
    """One or two sentences with observed value and limit."""
    measure: str | None = None
    """The measure that decided; None where no measure of the criterion language did."""
    relative: bool = False
    """Whether `observed`, `limit` and the bounds are changes against the baseline."""
    better: Better | None = None
    observed: float | None = None
    """Infinite where it is that of requests never answered."""
    limit: float | None = None
    unit: str = ""
    """The unit of `observed`, `limit`, `lower`, `upper` and `detectable`."""
    lower: float | None = None
    upper: float | None = None
    baseline: float | None = None
    """The baseline's own value of the measure, in `baseline_unit`."""
    baseline_unit: str = ""
    n: int = 0
    """Requests, samples or arrivals."""
    blocks: int | None = None
    """How many blocks of time were measured; None where time was not cut into blocks."""
    detectable: float | None = None
    """The value that 95 of 100 stages with this much evidence would have failed."""
    decided_at_s: float | None = None
    """Seconds into the stage from which on it could only fail; None when its end decided."""
    since_s: float | None = None
    """About when in the stage it began to be beyond the limit; None where it was so from the start."""
    until_s: float | None = None
    """About when it ceased to be; None where it lasted to the end."""

    @classmethod
    def plain(cls, outcome: Outcome, reason: str, n: int = 0) -> Result:
        """Build a result without a number."""
        return cls(outcome=outcome, reason=reason, n=n)

    @classmethod
    def count(cls, outcome: Outcome, bad: int, reason: str, n: int = 0) -> Result:
        """Build a result about how many of `n` things were bad, of which none may be."""
        return cls.fact(outcome, reason, float(bad), 0.0, "", n, "lower")

    @classmethod
    def fact(
        cls,
        outcome: Outcome,
        reason: str,
        observed: float,
        limit: float,
        unit: str,
        n: int,
        better: Better | None = None,
    ) -> Result:
        """Build a result about a number that is known exactly, so that its bounds are itself."""
        return cls(
            outcome=outcome,
            reason=reason,
            better=better,
            observed=observed,
            limit=limit,
            unit=unit,
            lower=observed,
            upper=observed,
            n=n,
        )

    def of(self, subject: Subject) -> Finding:
        """Say what it is about."""
        return Finding(**vars(subject), **vars(self))


@dataclass(frozen=True, kw_only=True)
class Finding(Result):
    """A result and what it is about."""

    id: str
    kind: FindingKind
    criterion: str
    endpoint: str | None = None
    severity: Severity | None = None

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return Subject(self.id, self.kind, self.criterion, self.endpoint, self.severity)

    @property
    def title(self) -> str:
        """What it is called in tables."""
        return self.subject.title
