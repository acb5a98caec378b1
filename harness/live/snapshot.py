"""Everything that the live page shows at one moment, before it is put into words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.judge.triggers.fired import TriggerProgress
from harness.judge.verdict import Verdict
from harness.live.criteria import CriterionStatus
from harness.live.figures import StageFigures
from harness.plan.model import Plan
from harness.record.events.approval import ApprovalRequested
from harness.record.events.event import Event
from harness.record.histograms.account import Account

Error = tuple[str, ...]
"""Stage, variant, endpoint and kind of a failed request."""


@dataclass(frozen=True)
class Rates:
    """Arrivals due, completed and failed per second since the last state."""

    due_per_s: float = 0.0
    completed_per_s: float = 0.0
    failed_per_s: float = 0.0


@dataclass(frozen=True)
class LiveSnapshot:
    """Everything to show at one moment.

    `index` is the stage that runs or ran last, None before the first; `outcomes` are those of the stages that
    were judged, by name; `cpu` is the generator's share of one core.
    """

    plan: Plan
    plan_name: str
    path: Path
    state: str
    index: int | None
    elapsed_s: float
    accounts: Mapping[str, Account]
    backlog: int
    rates: Rates
    figures: StageFigures | None
    criteria: Sequence[CriterionStatus]
    triggers: Sequence[TriggerProgress]
    outcomes: Mapping[str, str]
    events: Sequence[Event]
    errors: Mapping[Error, int]
    cpu: float | None
    verdict: Verdict | None
    epoch_s: float
    """When the run started."""
    waiting: ApprovalRequested | None
    """What a person is asked, while the run waits for the answer."""
