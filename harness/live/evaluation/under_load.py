"""One stage under load, looked at as it grows: each interval is taken once, whatever came before it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.judge.criteria.facts import lasting_facts
from harness.judge.criteria.triggers import TriggerFired, first_fired
from harness.judge.verdict import EarlyFail
from harness.judge.view import StageView
from harness.judge.windows.design import StageDesign
from harness.live.evaluation.growing import GrowingStage
from harness.live.evaluation.levels import LevelStatus, standings_in_stage
from harness.plan.model import Plan, Stage
from harness.record.evidence import Interval, StageEvidence
from harness.record.journal import Record


class StageLook:
    """Finds what is to be said of a stage so far; ``keep_s`` seconds are enough for triggers and levels."""

    def __init__(self, plan: Plan, stage: Stage, path: Path, started_s: float, keep_s: float) -> None:
        self.stage = stage
        self._plan = plan
        self._started_s = started_s
        self._growing = GrowingStage(plan, stage, path, started_s)
        self._recent: deque[Interval] = deque(maxlen=max(1, math.ceil(keep_s / stage.interval_s)))

    def read(self) -> list[Interval]:
        """Read the intervals that were completed since the last call."""
        return self._growing.read()

    def take(self, intervals: Sequence[Interval], probes: Iterable[Record]) -> None:
        """Take new intervals, and new probes, which must be read after them."""
        self._growing.take(intervals, probes)
        self._recent.extend(intervals)

    def trigger(self, probes: Sequence[Record]) -> TriggerFired | None:
        """Find a trigger that fired in the last seconds."""
        view = StageView(self._plan, self._evidence(probes))
        return first_fired(
            view, self._growing.aggregate.moments[-len(self._recent) :] if self._recent else ()
        )

    def fails(self, probes: Sequence[Record]) -> list[EarlyFail]:
        """Find the criteria that can only fail, the first one first."""
        sure = self._growing.aggregate.watch.early_fail
        facts = lasting_facts(StageView(self._plan, self._evidence(probes)))
        return sorted([*facts, *((sure,) if sure else ())], key=lambda fail: fail.at_s)

    def standings(self, probes: Sequence[Record]) -> list[LevelStatus]:
        """Return the key metrics of the last seconds."""
        evidence = self._evidence(probes)
        return standings_in_stage(StageDesign(self._plan, self.stage), tuple(self._recent), evidence.probes)

    def _evidence(self, probes: Sequence[Record]) -> StageEvidence:
        """Compose what is known of the last seconds: a whole day would take long to look at."""
        index = [each.name for each in self._plan.stages].index(self.stage.name)
        of_stage = tuple(record for record in probes if record["t_s"] >= self._started_s)
        return StageEvidence(
            self.stage, index, self._started_s, intervals=tuple(self._recent), probes=of_stage
        )
