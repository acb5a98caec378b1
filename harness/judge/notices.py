"""What the live evaluation reports to whoever decides about the run; each notice is sent once."""

from __future__ import annotations

from dataclasses import dataclass

from harness.plan.levels import Level


@dataclass(frozen=True)
class TriggerNotice:
    """A rollback trigger fired; without a stage, while none was under load."""

    stage: str | None
    trigger: str
    reason: str


@dataclass(frozen=True)
class EarlyFailNotice:
    """A stage cannot pass any more since `at_s` seconds into it."""

    stage: str
    criterion: str
    at_s: float
    reason: str


@dataclass(frozen=True)
class LevelNotice:
    """A key metric changed its level; `limit` is the one that made it so, `value` is in the base unit."""

    stage: str | None
    measure: str
    level: Level
    value: float
    limit: str


Notice = TriggerNotice | EarlyFailNotice | LevelNotice
