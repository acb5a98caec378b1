"""A criterion about requests together with its evidence."""

from __future__ import annotations

from dataclasses import dataclass

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.stats.bounds import Risks
from harness.judge.view import StageView
from harness.judge.windows.blocks import StageBlocks


@dataclass(frozen=True)
class CriterionContext:
    """A criterion and the stage it is judged in."""

    view: StageView
    bound: BoundCriterion

    @property
    def blocks(self) -> StageBlocks:
        """The requests it is about."""
        return self.view.blocks_of(self.bound.endpoint, self.bound.criterion.for_s)

    @property
    def alarm_s(self) -> float | None:
        """When a sequential test found it broken, in seconds into the stage."""
        return self.view.aggregate.watch.alarms_s.get(self.bound)

    def first_missing(self, *missing: str | None) -> str | None:
        """Return the first thing a pass would still need; None once a sequential test found it broken."""
        return next(filter(None, missing), None) if self.alarm_s is None else None

    @property
    def risks(self) -> Risks:
        """How often its bounds may be wrong."""
        return self.view.budget.risks(self.bound.criterion.op)
