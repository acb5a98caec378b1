"""The blocks of a stage together, as the statistics take them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from harness.judge.stats.latency import Latencies, Pair
from harness.judge.stats.noise import Floats
from harness.judge.stats.position import NEVER
from harness.judge.stats.table import BlockTable
from harness.judge.windows.block import Block, ByKind, Gatherer, canary_requests, request_count
from harness.judge.windows.clock import StageClock
from harness.judge.windows.mix import Mix
from harness.plan.variant import Variant
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import EVERY_REQUEST, Kind


@dataclass(frozen=True, eq=False)
class VariantBlocks:
    """One variant's histograms, one of each kind per block."""

    blocks: tuple[ByKind, ...]

    def table(self, kind: Kind) -> BlockTable:
        """Collect one kind."""
        return BlockTable.of([block[kind] for block in self.blocks])

    @property
    def response(self) -> Latencies:
        """Response times."""
        return self.latencies(Kind.RESPONSE)

    def never_answered(self, kind: Kind) -> Latencies:
        """Return the times of a kind with every failure counted as slower than anything."""
        times = self.latencies(kind).successful
        failed = [block[Kind.FAILED].total for block in self.blocks]
        slowest = BlockTable.of([Histogram([NEVER], [n]) if n else Histogram.empty() for n in failed])
        nothing = BlockTable.of([Histogram.empty()] * len(failed))
        return Latencies(times, slowest) if times.n else Latencies(slowest, nothing)

    def latencies(self, kind: Kind) -> Latencies:
        """Return the times by one clock; a failure's response time stands in for all of them."""
        if kind not in self._latencies:
            self._latencies[kind] = Latencies(self.table(kind), self._failed)
        return self._latencies[kind]

    def timed(self, kind: Kind) -> int:
        """Count the successful requests a clock was read for."""
        return sum(block[kind].total for block in self.blocks)

    @cached_property
    def _latencies(self) -> dict[Kind, Latencies]:
        return {}

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
    """The variants in the same K blocks after the warm-up."""

    clock: StageClock
    blocks: tuple[Block, ...]

    def __len__(self) -> int:
        return len(self.blocks)

    @cached_property
    def ends_s(self) -> tuple[float, ...]:
        """When each block ended in the stage, (K,)."""
        return tuple(block.ends_s for block in self.blocks)

    @cached_property
    def lengths_s(self) -> Floats:
        """How long each block is, (K,)."""
        return np.array([block.length_s for block in self.blocks], dtype=np.float64)

    def blocks_in(self, duration_s: float) -> int:
        """Return how many of these blocks cover so many seconds, at least one."""
        return max(math.ceil(duration_s / float(self.lengths_s.max()) - 1e-6), 1)

    @property
    def even(self) -> StageBlocks:
        """The same without a shorter one at the end."""
        longest_s = max((block.length_s for block in self.blocks), default=0.0)
        if not self.blocks or self.blocks[-1].length_s == longest_s:
            return self
        return StageBlocks(self.clock, self.blocks[:-1])

    @cached_property
    def baseline(self) -> VariantBlocks:
        """The version in production: its fresh instances, where the canary is compared with these."""
        return VariantBlocks(tuple(block.baseline for block in self.blocks))

    @cached_property
    def canary(self) -> VariantBlocks:
        """The version on trial."""
        return VariantBlocks(tuple(block.canary for block in self.blocks))

    @cached_property
    def of_all(self) -> VariantBlocks:
        """All variants together."""
        return VariantBlocks(
            tuple(
                {
                    kind: Histogram.merge(held[kind] for held in block.variants.values())
                    for kind in EVERY_REQUEST
                }
                for block in self.blocks
            )
        )

    @cached_property
    def merged(self) -> StageBlocks:
        """The same with blocks of few requests merged into the next; such a rest at the end is left out."""
        gatherer = Gatherer(canary_requests)
        merged = tuple(whole for block in self.blocks if (whole := gatherer.take(block)))
        return self if len(merged) == len(self) else StageBlocks(self.clock, merged)

    @cached_property
    def mix(self) -> Mix:
        """How the requests of both that are compared were spread over the endpoints."""
        canary, baseline = Counter[str](), Counter[str]()
        for block in self.blocks:
            for endpoint, variants in block.endpoints.items():
                canary[endpoint] += request_count(variants[Variant.CANARY])
                baseline[endpoint] += request_count(variants[block.reference])
        reference = self.blocks[0].reference if self.blocks else Variant.BASELINE
        return Mix(canary, baseline, reference)

    @cached_property
    def strata(self) -> tuple[StageBlocks, ...]:
        """The same by endpoint, as far as each has requests enough to be compared by itself."""
        mix = self.mix
        if mix.incomparable:
            return tuple(self.of([name]) for name in mix.single)
        return tuple(map(self.of, mix.groups)) if len(mix.groups) > 1 else (self,)

    def pairs(self, latencies_of: Callable[[VariantBlocks], Latencies]) -> list[Pair]:
        """Take latencies of both variants, by endpoint as far as each can be compared by itself."""
        return [Pair(latencies_of(each.canary), latencies_of(each.baseline)) for each in self.strata]

    def of(self, endpoints: Collection[str]) -> StageBlocks:
        """Return the same of some endpoints only, taken together."""
        return StageBlocks(self.clock, tuple(block.of(endpoints) for block in self.blocks))

    def from_block(self, first: int) -> StageBlocks:
        """Return the blocks from this one on."""
        return StageBlocks(self.clock, self.blocks[first:]) if first else self

    def first_after(self, at_s: float) -> int:
        """Return the place of the first block that ended after this second of the stage."""
        return sum(block.ends_s <= at_s + 1e-6 for block in self.blocks)

    def in_groups_of(self, size: int) -> StageBlocks:
        """Merge every so many neighbours into one; a rest at the end is left out."""
        places = range(0, len(self) - size + 1, size)
        return StageBlocks(self.clock, tuple(Block.merge(self.blocks[p : p + size]) for p in places))
