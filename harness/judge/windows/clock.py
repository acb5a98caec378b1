"""How a stage's time is cut."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from harness.record.evidence import Interval

_ROUNDING = 1e-6


class Plateau(NamedTuple):
    """Intervals from `first` up to `end` in which nothing warms up and no rate changes."""

    first: int
    end: int

    @property
    def intervals(self) -> int:
        """How many there are."""
        return self.end - self.first


@dataclass(frozen=True)
class StageClock:
    """How a stage's time is cut: intervals, of which those on plateaus are judged, some of them as one block.

    What a plateau has more than whole blocks is left out, and no block reaches from one into the next.
    """

    interval_s: float
    block_intervals: int
    intervals: int
    """Whole intervals the stage was planned to have."""
    plateaus: tuple[Plateau, ...]
    """In order of time; one that reaches the stage's end goes on beyond it, should the stage."""

    @classmethod
    def of(
        cls,
        interval_s: float,
        warmup_s: float,
        block_s: float,
        duration_s: float,
        plateaus_s: Sequence[tuple[float, float]] | None = None,
    ) -> StageClock:
        """Cut a stage; a block and the warm-up are whole intervals.

        `plateaus_s` are the times in which its rates stay: without them, all of it.
        """
        warmup = math.ceil(warmup_s / interval_s - _ROUNDING)
        intervals = math.floor(duration_s / interval_s + _ROUNDING)
        plateaus = tuple(
            Plateau(max(math.ceil(start_s / interval_s - _ROUNDING), warmup), end)
            for start_s, end_s in ([(0.0, duration_s)] if plateaus_s is None else plateaus_s)
            if (end := math.floor(end_s / interval_s + _ROUNDING)) > warmup or end == intervals
        )
        return cls(interval_s, max(1, round(block_s / interval_s)), intervals, plateaus)

    @property
    def block_s(self) -> float:
        """The length of a block."""
        return self.block_intervals * self.interval_s

    @property
    def planned_blocks(self) -> int:
        """How many blocks the whole stage gives."""
        return sum(map(self.blocks_of, self.plateaus))

    @property
    def left_out_intervals(self) -> int:
        """How many intervals are on no plateau: they are not judged."""
        return self.intervals - sum(max(plateau.intervals, 0) for plateau in self.plateaus)

    @property
    def left_out_s(self) -> float:
        """How much of the stage is on no plateau."""
        return self.left_out_intervals * self.interval_s

    @property
    def settles_s(self) -> float:
        """When the first plateau begins."""
        first = self.plateaus[0].first if self.plateaus else self.intervals
        return first * self.interval_s

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

    def is_judged(self, number: int) -> bool:
        """Whether an interval is on a plateau."""
        plateau = self._plateau_before(number)
        return plateau is not None and (number < plateau.end or plateau.end >= self.intervals)

    def place_in_block(self, number: int) -> int | None:
        """Return the place of an interval in its block; None for one that is in none."""
        plateau = self._plateau_before(number)
        if plateau is None:
            return None
        place = number - plateau.first
        return place % self.block_intervals if place < self._in_blocks(plateau) else None

    def measured_s(self, at_s: float) -> float:
        """Return how much of the stage up to the end of a block is in blocks."""
        plateau = self._plateau_before(round(at_s / self.interval_s) - 1)
        if plateau is None:
            return 0.0
        earlier = self.plateaus[: self.plateaus.index(plateau)]
        return at_s - (plateau.first - sum(map(self._in_blocks, earlier))) * self.interval_s

    def not_judged_s(self) -> Iterator[tuple[float, float]]:
        """Yield the times that are on no plateau, from when to when."""
        at = 0
        for plateau in (*self.plateaus, Plateau(self.intervals, self.intervals)):
            if plateau.first > at:
                yield at * self.interval_s, plateau.first * self.interval_s
            at = max(at, plateau.end)

    def _plateau_before(self, number: int) -> Plateau | None:
        """Return the last plateau that begins at an interval or before it."""
        place = bisect_right(self._firsts, number)
        return self.plateaus[place - 1] if place else None

    @cached_property
    def _firsts(self) -> list[int]:
        return [plateau.first for plateau in self.plateaus]

    def blocks_of(self, plateau: Plateau) -> int:
        """Count the blocks of a plateau."""
        return max(plateau.intervals, 0) // self.block_intervals

    def _in_blocks(self, plateau: Plateau) -> int:
        return self.blocks_of(plateau) * self.block_intervals
