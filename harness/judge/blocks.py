"""From intervals to blocks: the unit of information is a stretch of time, not a request."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
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
ByVariant = Mapping[Variant, ByKind]


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
        # Half an interval, where an extension begins, is always rounded the same way.
        return math.floor(interval.start_s / self.interval_s + 0.5)

    def is_whole(self, interval: Interval) -> bool:
        """Whether it is as long as intervals are: the last one of a stage may be shorter."""
        return interval.length_s > self.interval_s * (1 - 1e-6)


@dataclass(frozen=True, eq=False)
class Block:
    """What both variants did in a stretch of time that ended `ends_s` into the stage."""

    ends_s: float
    variants: ByVariant

    @property
    def baseline(self) -> ByKind:
        """The version in production."""
        return self.variants[Variant.BASELINE]

    @property
    def canary(self) -> ByKind:
        """The version on trial."""
        return self.variants[Variant.CANARY]

    @classmethod
    def merge(cls, blocks: Sequence[Block]) -> Block:
        """Make one block of some that follow each other."""
        if len(blocks) == 1:
            return blocks[0]
        variants = {
            variant: {
                kind: Histogram.merge(block.variants[variant][kind] for block in blocks) for kind in by_kind
            }
            for variant, by_kind in blocks[-1].variants.items()
        }
        return cls(blocks[-1].ends_s, variants)


class Cutter:
    """Cuts a stage into blocks while its intervals come, in order of time.

    The warm-up, and blocks that miss an interval, are left out.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next = 0
        self._held: list[ByVariant] = []

    def take(self, number: int, interval: ByVariant) -> Block | None:
        """Take the interval of a number; return the block it completes."""
        clock, place = self._clock, number - self._clock.warmup_intervals
        if not 0 <= place < clock.planned_blocks * clock.block_intervals:
            return None
        if place != self._next:
            self._held.clear()
        self._next = place + 1
        if place % clock.block_intervals != len(self._held):
            return None
        self._held.append(interval)
        if len(self._held) < clock.block_intervals:
            return None
        ends_s = (clock.warmup_intervals + place + 1) * clock.interval_s
        whole = Block.merge([Block(ends_s, variants) for variants in self._held])
        self._held.clear()
        return whole


def by_variant(interval: Interval, endpoint: str | None, kinds: Sequence[Kind] = tuple(Kind)) -> ByVariant:
    """Sort what an interval holds of one endpoint or all by variant and kind."""
    parts: dict[tuple[str, str], list[Histogram]] = {}
    for tag, histogram in interval.histograms.items():
        if endpoint in (None, tag.endpoint):
            parts.setdefault(tag[:2], []).append(histogram)
    return {
        variant: {kind: Histogram.merge(parts.get((variant, kind), ())) for kind in kinds}
        for variant in Variant
    }


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


@dataclass(frozen=True, eq=False)
class StageBlocks:
    """Both variants in the same K blocks after the warm-up."""

    clock: Clock
    blocks: tuple[Block, ...]

    def __len__(self) -> int:
        return len(self.blocks)

    @cached_property
    def ends_s(self) -> tuple[float, ...]:
        """When each block ended in the stage, (K,)."""
        return tuple(block.ends_s for block in self.blocks)

    @cached_property
    def baseline(self) -> VariantBlocks:
        """The version in production."""
        return VariantBlocks(tuple(block.baseline for block in self.blocks))

    @cached_property
    def canary(self) -> VariantBlocks:
        """The version on trial."""
        return VariantBlocks(tuple(block.canary for block in self.blocks))

    @cached_property
    def thick(self) -> StageBlocks:
        """The same with thin blocks merged into the next; a thin rest at the end is left out."""
        gatherer = Gatherer(canary_requests)
        thick = tuple(whole for block in self.blocks if (whole := gatherer.take(block)))
        return self if len(thick) == len(self) else StageBlocks(self.clock, thick)

    def last(self, duration_s: float) -> StageBlocks:
        """Keep the blocks of the last seconds only, rounded up to whole blocks."""
        count = math.ceil(duration_s / self.clock.block_s - 1e-6)
        return StageBlocks(self.clock, self.blocks[-count:])

    def in_groups_of(self, size: int) -> StageBlocks:
        """Merge every so many neighbours into one; a rest at the end is left out."""
        places = range(0, len(self) - size + 1, size)
        return StageBlocks(self.clock, tuple(Block.merge(self.blocks[p : p + size]) for p in places))


class Gatherer:
    """Merges blocks with the next until there are enough requests; it never looks ahead."""

    def __init__(self, requests: Callable[[Block], float]) -> None:
        self._requests = requests
        self._held: list[Block] = []
        self._enough = 0.0

    def take(self, block: Block) -> Block | None:
        """Take the next block; return the one it completes."""
        self._held.append(block)
        self._enough += self._requests(block)
        if self._enough < FEWEST_REQUESTS:
            return None
        thick = Block.merge(self._held)
        self._held, self._enough = [], 0.0
        return thick


def canary_requests(block: Block) -> int:
    """Count the canary's requests, successful and failed."""
    return block.canary[Kind.RESPONSE].total + block.canary[Kind.FAILED].total
