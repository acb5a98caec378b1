"""From intervals to blocks: the unit of information is a stretch of time, not a request."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from harness.judge.latency import Latencies
from harness.judge.noise import Floats
from harness.judge.table import BlockTable
from harness.plan.variant import Variant
from harness.record.evidence import Interval
from harness.record.histogram import COUNTS, Histogram
from harness.record.tag import Kind

FEWEST_REQUESTS = 200
"""A block with fewer canary requests is merged with the next before canary and baseline are compared."""

ByKind = Mapping[Kind, Histogram]


@dataclass(frozen=True)
class Clock:
    """How a stage's time is cut: intervals, of which the first warm up, and some make one block."""

    interval_s: float
    warmup_intervals: int
    block_intervals: int
    intervals: int
    """Whole intervals the stage was planned to have."""

    @classmethod
    def of(cls, interval_s: float, warmup_s: float, block_s: float, duration_s: float) -> Clock:
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
    def fast(self) -> Clock:
        """The same stage cut into blocks a third as long."""
        return replace(self, block_intervals=max(1, self.block_intervals // 3))

    def number_of(self, interval: Interval) -> int:
        """Return an interval's place in the stage, from 0."""
        return round(interval.start_s / self.interval_s)


@dataclass(frozen=True, eq=False)
class VariantBlocks:
    """One variant's histograms, one of each kind per block."""

    blocks: tuple[ByKind, ...]

    def table(self, kind: Kind) -> BlockTable:
        """Collect one kind."""
        return BlockTable.of([block[kind] for block in self.blocks])

    @cached_property
    def response(self) -> Latencies:
        """Response times."""
        return Latencies(self.table(Kind.RESPONSE), self._failed)

    def never_answered(self, kind: Kind) -> Latencies:
        """Return the times of a kind with every failure counted as slower than anything."""
        times = self.latencies(kind).successful
        failed = [block[Kind.FAILED].total for block in self.blocks]
        slowest = BlockTable.of([Histogram([COUNTS - 1], [n]) if n else Histogram.empty() for n in failed])
        nothing = BlockTable.of([Histogram.empty()] * len(failed))
        return Latencies(times, slowest) if times.cumulated[-1] else Latencies(slowest, nothing)

    def latencies(self, kind: Kind) -> Latencies:
        """Return response or service times."""
        return self.service if kind is Kind.SERVICE else self.response

    @cached_property
    def service(self) -> Latencies:
        """Service times; a failure's response time stands in for it."""
        return Latencies(self.table(Kind.SERVICE), self._failed)

    @cached_property
    def _failed(self) -> BlockTable:
        return self.table(Kind.FAILED)

    # Counting needs no table, which for short blocks of a long stage would be the largest thing in memory.
    @cached_property
    def completed(self) -> Floats:
        """Successful requests per block, (K,)."""
        return self._totals(Kind.RESPONSE)

    @cached_property
    def failed(self) -> Floats:
        """Failed requests per block, (K,)."""
        return self._totals(Kind.FAILED)

    def _totals(self, kind: Kind) -> Floats:
        return np.array([block[kind].total for block in self.blocks], dtype=np.float64)

    @property
    def requests(self) -> Floats:
        """All requests per block, (K,)."""
        return self.completed + self.failed

    def grouped(self, groups: Sequence[range]) -> VariantBlocks:
        """Merge each group of blocks into one."""
        return VariantBlocks(tuple(_merged(self.blocks[number] for number in group) for group in groups))


@dataclass(frozen=True, eq=False)
class StageBlocks:
    """Both variants in the same K blocks after the warm-up; `ends_s` (K,) is when each ended in the stage."""

    clock: Clock
    variants: Mapping[Variant, VariantBlocks]
    ends_s: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.ends_s)

    @property
    def baseline(self) -> VariantBlocks:
        """The version in production."""
        return self.variants[Variant.BASELINE]

    @property
    def canary(self) -> VariantBlocks:
        """The version on trial."""
        return self.variants[Variant.CANARY]

    @cached_property
    def thick(self) -> StageBlocks:
        """The same with thin blocks merged into the next; a thin rest at the end is left out."""
        return self.grouped(thick_groups(self.canary.requests))

    def last(self, duration_s: float) -> StageBlocks:
        """Keep the blocks of the last seconds only, rounded up to whole blocks."""
        count = math.ceil(duration_s / self.clock.block_s - 1e-6)
        return self.grouped([range(number, number + 1) for number in range(len(self))][-count:])

    def grouped(self, groups: Sequence[range]) -> StageBlocks:
        """Merge each group of blocks into one."""
        if len(groups) == len(self):
            return self
        variants = {variant: blocks.grouped(groups) for variant, blocks in self.variants.items()}
        return StageBlocks(self.clock, variants, tuple(self.ends_s[group[-1]] for group in groups))


def stage_blocks(intervals: Iterable[Interval], clock: Clock, endpoint: str | None = None) -> StageBlocks:
    """Merge intervals into blocks, of one endpoint or all.

    The warm-up, and blocks that miss an interval, are left out.
    """
    windows: dict[int, dict[int, list[Interval]]] = {}
    for interval in intervals:
        number = clock.number_of(interval) - clock.warmup_intervals
        if 0 <= number < clock.planned_blocks * clock.block_intervals:
            windows.setdefault(number // clock.block_intervals, {}).setdefault(number, []).append(interval)
    whole = {
        number: [interval for same in window.values() for interval in same]
        for number, window in sorted(windows.items())
        if len(window) == clock.block_intervals
    }
    warmup_s = clock.warmup_intervals * clock.interval_s
    return StageBlocks(
        clock,
        {
            variant: VariantBlocks(tuple(of_variant(block, variant, endpoint) for block in whole.values()))
            for variant in Variant
        },
        tuple(warmup_s + (number + 1) * clock.block_s for number in whole),
    )


def thick_groups(canary_requests: Floats) -> list[range]:
    """Group blocks so that each group has enough canary requests; grouping never looks ahead."""
    groups, start, held = [], 0, 0.0
    for number, requests in enumerate(canary_requests):
        held += requests
        if held >= FEWEST_REQUESTS:
            groups.append(range(start, number + 1))
            start, held = number + 1, 0.0
    return groups


def of_variant(block: Iterable[Interval], variant: Variant, endpoint: str | None) -> ByKind:
    """Merge what some intervals hold of a variant, of one endpoint or all."""
    parts: dict[Kind, list[Histogram]] = {kind: [] for kind in Kind}
    for interval in block:
        for tag, histogram in interval.histograms.items():
            if tag.variant == variant and tag.kind in parts and endpoint in (None, tag.endpoint):
                parts[Kind(tag.kind)].append(histogram)
    return Merged(lambda kind: parts[kind])


class Merged(dict[Kind, Histogram]):
    """Histograms by kind, each merged when it is first asked for: most stages never look at service times."""

    def __init__(self, parts: Callable[[Kind], Iterable[Histogram]]) -> None:
        super().__init__()
        self._parts = parts

    def __missing__(self, kind: Kind) -> Histogram:
        self[kind] = merged = Histogram.merge(self._parts(kind))
        return merged


def _merged(blocks: Iterable[ByKind]) -> ByKind:
    together = list(blocks)
    if len(together) == 1:
        return together[0]
    return Merged(lambda kind: [block[kind] for block in together])
