"""The verdict on a stage and the verdict on a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.judge.finding import Finding, Subject
from harness.judge.outcome import Outcome

SCHEMA = 2


class Rollback(StrEnum):
    """What became of giving all traffic back to the baseline."""

    DONE = "rolled back"
    FAILED = "rollback failed"


@dataclass(frozen=True)
class EarlyFail:
    """A criterion or level that could only fail from `at_s` seconds into the stage on.

    `id` is that of its finding, `criterion` what people call it, `reason` a sentence.
    """

    id: str
    criterion: str
    at_s: float
    reason: str

    @classmethod
    def of(cls, subject: Subject, at_s: float, reason: str) -> EarlyFail:
        """Build one about a subject."""
        return cls(subject.id, subject.title, at_s, reason)


@dataclass(frozen=True)
class RiskShare:
    """So many tests of one kind, over all ends of the stage, and how often each may fail a good canary."""

    what: str
    tests: int
    each: float


@dataclass(frozen=True)
class ErrorBudget:
    """How often a good canary may fail the stage, and how that is divided."""

    alpha: float
    comparisons: int
    """Comparisons with a limit that chance could break."""
    ends: int
    """How often the stage may be judged at an end, extensions included."""
    each_look: float
    """The risk of each comparison over the whole stage, at all looks and ends together."""
    each_end: float
    """The p value that decides at the first end, for a comparison of latencies."""
    shares: tuple[RiskShare, ...] = ()
    """Everything that could fail the stage by chance; all risks together are at most `alpha`."""


@dataclass(frozen=True)
class StageVerdict:
    """The outcome of one stage, and how well its load was delivered."""

    name: str
    weight: float
    outcome: Outcome
    requests: Mapping[str, int]
    planned_rate: float | None
    """None where the plan does not say how much real traffic there will be."""
    achieved_rate: float
    lateness_us: Mapping[str, int]
    dropped: int
    findings: tuple[Finding, ...]
    error_budget: ErrorBudget | None = None
    early_fail: EarlyFail | None = None
    """What could only fail before the stage's end, and since when."""


@dataclass(frozen=True)
class Verdict:
    """The outcome of a run; `reason` says why in a sentence, `not_run` names the stages never reached.

    `rollback` says whether the run gave the traffic back to the baseline; None where it did not try.
    """

    outcome: Outcome
    reason: str
    stages: tuple[StageVerdict, ...]
    not_run: tuple[str, ...] = ()
    rollback: Rollback | None = None
    schema: int = field(default=SCHEMA)
