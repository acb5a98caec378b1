"""How full the windows of the rollback triggers are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.judge.criteria.triggers import first_trigger
from harness.plan.criteria.criterion import Trigger
from harness.plan.model import Plan
from harness.record.evidence import Interval, StageEvidence


@dataclass
class Filling:
    """A trigger, the windows in a row in which its condition held, and how many it takes to fire."""

    trigger: str
    held: int
    needed: int

    @property
    def share(self) -> float:
        """How full its window is, 0 … 1."""
        return min(self.held / self.needed, 1.0)


class Fillings:
    """The triggers of the stage that runs, asked about each window once, with the judge's own rule."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._index: int | None = None
        self._triggers: tuple[Trigger, ...] = ()
        self.now: tuple[Filling, ...] = ()

    def begin(self, index: int) -> None:
        """Turn to a stage: no window of it has been seen."""
        if index == self._index:
            return
        stage = self._plan.stages[index]
        self._index = index
        self._triggers = (*self._plan.rollback, *stage.rollback)
        self.now = tuple(
            Filling(trigger.text, 0, max(1, math.ceil((trigger.for_s or 0) / stage.interval_s - 1e-6)))
            for trigger in self._triggers
        )

    def add(self, interval: Interval, started_s: float, probes: Sequence[Mapping[str, Any]]) -> None:
        """Ask every trigger about the next window; ``probes`` are the records of about its time."""
        assert self._index is not None  # a window belongs to a stage that began
        evidence = StageEvidence(
            self._plan.stages[self._index],
            self._index,
            started_s=started_s,
            intervals=(interval,),
            probes=tuple(dict(probe) for probe in probes),
        )
        for trigger, filling in zip(self._triggers, self.now, strict=True):
            filling.held = filling.held + 1 if _holds(self._plan, trigger, evidence) else 0


def _holds(plan: Plan, trigger: Trigger, evidence: StageEvidence) -> bool:
    """Tell whether a trigger's condition held in the only interval of some evidence."""
    at_once = replace(trigger, for_s=None)
    alone = evidence.stage.model_copy(update={"rollback": ()})
    asked = plan.model_copy(update={"rollback": (at_once,)})
    return first_trigger(asked, replace(evidence, stage=alone)) is not None
