"""A stage under load: each of its windows is read and digested once, as it is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from harness.judge.sequential.aggregate import GeneratorCpu, StageAggregate
from harness.judge.windows.design import StageDesign
from harness.plan.model import Plan, Stage
from harness.record.evidence import Interval
from harness.record.follow import GrowingLog
from harness.record.journal import Record


class GrowingStage:
    """The digest of a stage whose windows are in the log at ``path``."""

    def __init__(self, plan: Plan, stage: Stage, path: Path, started_s: float) -> None:
        # An extension goes on where the stage stopped, and a longer frame changes nothing before that.
        self.aggregate = StageAggregate(StageDesign(plan, stage).longest)
        self._log = GrowingLog(path, started_s)
        self._usage = GeneratorCpu(stage.name, started_s)

    def read(self) -> list[Interval]:
        """Read the intervals that were completed since the last call."""
        return self._log.new()

    def take(self, intervals: Sequence[Interval], probes: Iterable[Record]) -> None:
        """Take new intervals, and new probes, which must be read after them.

        So the generator's own figures of every interval are there.
        """
        self._usage.add(probes)
        for interval in intervals:
            self.aggregate.take(interval, self._usage.until(interval.start_s + interval.length_s))
