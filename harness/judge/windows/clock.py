"""How a stage's time is cut."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from harness.record.evidence import Interval


@dataclass(frozen=True)
class StageClock:
    """How a stage's time is cut: intervals, of which the first warm up, and some make one block."""

    interval_s: float
    warmup_intervals: int
    block_intervals: int
    intervals: int
    """Whole intervals the stage was planned to have."""

    @classmethod
    def of(cls, interval_s: float, warmup_s: float, block_s: float, duration_s: float) -> StageClock:
        """Cut a stage; a block and the warm-up are whole intervals."""
        return cls(
            interval_s,
            math.ceil(warmup_s / interval_s - 1e-6),
            max(1, round(block_s / interval_s)),
            math.floor(duration_s / interval_s + 1e-6),
        )

    @property
    def block_s(self) -> float:
        """The length of a block."""
        return self.block_intervals * self.interval_s

    @property
    def planned_blocks(self) -> int:
        """How many blocks the whole stage gives."""
        return max(0, self.intervals - self.warmup_intervals) // self.block_intervals

    @property
    def fast(self) -> StageClock:
        """The same stage cut into blocks a third as long."""
        return replace(self, block_intervals=max(1, self.block_intervals // 3))

    def number_of(self, interval: Interval) -> int:
        """Return an interval's place in the stage, from 0."""
        # Half an interval, where an extension begins, is always rounded the same way.
        return math.floor(interval.start_s / self.interval_s + 0.5)

    def is_whole(self, interval: Interval) -> bool:
        """Whether it is as long as intervals are: the last one of a stage may be shorter."""
        return interval.length_s > self.interval_s * (1 - 1e-6)
