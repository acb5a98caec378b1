"""A criterion about requests together with its evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.sequential.looks import Broken
from harness.judge.sequential.timely import looks_for
from harness.judge.stats.bounds import Risks
from harness.judge.view import StageView
from harness.judge.windows.blocks import StageBlocks
from harness.judge.windows.budget import bound_risks
from harness.plan.criteria.measure import MeasureKind


@dataclass(frozen=True)
class CriterionContext:
    """A criterion and the stage it is judged in; with `from_block`, only what came from that block on."""

    view: StageView
    bound: BoundCriterion
    from_block: int = 0

    @property
    def blocks(self) -> StageBlocks:
        """The requests it is about."""
        whole = self.view.blocks_of(self.bound.endpoint, self.bound.criterion.for_s)
        return whole.from_block(self.from_block) if self.from_block else whole

    @property
    def last_parts(self) -> Iterator[CriterionContext]:
        """Return the same for the last two thirds of the stage, its last half and its last third."""
        blocks = len(self.blocks)
        for out_of_six in (2, 3, 4):
            yield replace(self, from_block=blocks * out_of_six // 6)

    @property
    def of_stage(self) -> bool:
        """Whether it is a promise about the figure of this very stage."""
        of_count = self.bound.is_of_errors or self.bound.measure.kind is MeasureKind.QUANTILE
        return self.view.plan.judge.promise == "stage" and of_count and not self.bound.criterion.is_relative

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
    def wrong_fail(self) -> float:
        """How often it may fail wrongly."""
        design = self.view.design
        if self.from_block:
            return design.budget.last_part
        return design.budget.at_the_end(looks_for(design, self.bound), design.parts)

    @property
    def risks(self) -> Risks:
        """How often its bounds may be wrong."""
        return bound_risks(self.bound.criterion.op, self.wrong_fail)
