"""A criterion about requests together with its evidence."""

from __future__ import annotations

from dataclasses import dataclass

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.sequential.looks import Broken
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
    def broken(self) -> Broken | None:
        """What the look at which it could only fail found."""
        return self.view.aggregate.watch.broken.get(self.bound)

    @property
    def disturbance_s(self) -> float:
        """What lasts no longer does not break it: a tenth of its own window, if it has one."""
        window_s, of_stage_s = self.bound.criterion.for_s, self.view.design.disturbance_s
        return of_stage_s if window_s is None else min(of_stage_s, window_s / 10)

    def first_missing(self, *missing: str | None) -> str | None:
        """Return the first thing a pass would still need; None once a look found it broken."""
        return next(filter(None, missing), None) if self.broken is None else None

    @property
    def risks(self) -> Risks:
        """How often its bounds may be wrong."""
        return self.view.budget.risks(self.bound.criterion.op)
