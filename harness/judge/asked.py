"""A promise about requests, together with the evidence it is about."""

from __future__ import annotations

from dataclasses import dataclass

from harness.judge.blocks import StageBlocks
from harness.judge.bounds import Risks
from harness.judge.promise import Promise
from harness.judge.view import StageView


@dataclass(frozen=True)
class Asked:
    """A promise put to a stage."""

    view: StageView
    promise: Promise

    @property
    def blocks(self) -> StageBlocks:
        """The requests it is about."""
        return self.view.blocks_of(self.promise.endpoint, self.promise.criterion.for_s)

    @property
    def risks(self) -> Risks:
        """How often its bounds may be wrong."""
        return self.view.budget.risks(self.promise.criterion.op)
