"""What the judge hands out: findings, the verdict on a stage, and the verdict on a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from harness.judge.outcome import Outcome

SCHEMA = 1


@dataclass(frozen=True)
class Finding:
    """What one criterion came to; numbers are in `unit` and None where there is none."""

    criterion: str
    outcome: Outcome
    observed: float | None
    limit: float | None
    unit: str
    lower: float | None
    upper: float | None
    n: int
    reason: str
    """One sentence with observed and limit."""
    blocks: int | None = None
    """How many blocks of time were measured; None where nothing was cut into blocks."""
    detectable: float | None = None
    """The value, in `unit`, that 95 of 100 stages with this much evidence would have failed."""

    @classmethod
    def plain(cls, criterion: str, outcome: Outcome, reason: str, n: int = 0) -> Finding:
        """Build a finding that is a fact rather than a number."""
        return cls(criterion, outcome, None, None, "", None, None, n, reason)

    @classmethod
    def count(cls, criterion: str, outcome: Outcome, bad: int, reason: str, n: int = 0) -> Finding:
        """Build a finding about how many things were bad, of which none may be."""
        return cls(criterion, outcome, float(bad), 0.0, "", float(bad), float(bad), n, reason)

    def turned(self, outcome: Outcome, because: str) -> Finding:
        """Return the same finding with another outcome and the reason for it added."""
        return replace(self, outcome=outcome, reason=f"{self.reason} {because}")


@dataclass(frozen=True)
class EarlyFail:
    """A criterion that could only fail from `at_s` seconds into the stage on; `reason` is a sentence."""

    criterion: str
    at_s: float
    reason: str


@dataclass(frozen=True)
class ErrorBudget:
    """How often a good canary may fail the stage, and how that is divided."""

    alpha: float
    comparisons: int
    """Comparisons with a limit that chance could break."""
    ends: int
    """How often the stage may be judged at an end, extensions included."""
    each_look: float
    """The risk of each comparison, and of the built-in alarm, over all looks during the stage."""
    each_end: float
    """The risk of each comparison at each end."""


@dataclass(frozen=True)
class StageVerdict:
    """What one stage came to, and how well the generator did its part."""

    name: str
    weight: float
    outcome: Outcome
    requests: Mapping[str, int]
    planned_rate: float
    achieved_rate: float
    lateness_us: Mapping[str, int]
    dropped: int
    findings: tuple[Finding, ...]
    error_budget: ErrorBudget | None = None
    early_fail: EarlyFail | None = None
    """What could only fail before the stage's end, and since when."""


@dataclass(frozen=True)
class Verdict:
    """What a run came to; `reason` says why in one sentence, `not_run` names stages never reached."""

    outcome: Outcome
    reason: str
    stages: tuple[StageVerdict, ...]
    not_run: tuple[str, ...] = ()
    schema: int = field(default=SCHEMA)
