"""From intervals to blocks: the unit of information is a stretch of time, not a request."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.judge.windows.clock import StageClock
from harness.plan.variant import Variant
from harness.record.evidence import Interval
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import Kind, Tag

MIN_REQUESTS = 20
"""A block with fewer canary requests is merged with the next before canary and baseline are compared."""

NOTHING = Histogram.empty()

_VARIANTS = frozenset(map(str, Variant))
ByKind = Mapping[Kind, Histogram]
ByVariant = Mapping[Variant, ByKind]


@dataclass(frozen=True, eq=False)
class Block:
    """What the variants did in a stretch of time that ended `ends_s` into the stage."""

    ends_s: float
    length_s: float
    variants: ByVariant
    """All endpoints together, or the one that it is about."""
    endpoints: Mapping[str, ByVariant] = field(default_factory=dict)
    """The same by endpoint; empty where it is about one."""
    reference: Variant = Variant.BASELINE
    """What the canary is compared with."""

    @property
    def baseline(self) -> ByKind:
        """The version in production: its fresh instances, where the canary is compared with these."""
        return self.variants[self.reference]

    @property
    def canary(self) -> ByKind:
        """The version on trial."""
        return self.variants[Variant.CANARY]

    @classmethod
    def merge(cls, blocks: Sequence[Block]) -> Block:
        """Make one block of some that follow each other."""
        if len(blocks) == 1:
            return blocks[0]
        variants = merged([block.variants for block in blocks])
        names = dict.fromkeys(name for block in blocks for name in block.endpoints)
        if len(names) == 1:
            endpoints = dict.fromkeys(names, variants)
        else:
            held = {
                name: [block.endpoints[name] for block in blocks if name in block.endpoints] for name in names
            }
            endpoints = {name: merged(parts) for name, parts in held.items()}
        length_s = sum(block.length_s for block in blocks)
        return cls(blocks[-1].ends_s, length_s, variants, endpoints, blocks[-1].reference)

    def of(self, endpoints: Iterable[str]) -> Block:
        """Return the same of some endpoints only, taken together."""
        parts = [self.endpoints[name] for name in endpoints if name in self.endpoints]
        nothing = {v: dict.fromkeys(by_kind, NOTHING) for v, by_kind in self.variants.items()}
        return replace(self, variants=merged(parts) if parts else nothing, endpoints={})


def merged(parts: Sequence[ByVariant]) -> ByVariant:
    """Add up histograms of the same variants and kinds."""
    if len(parts) == 1:
        return parts[0]
    return {
        variant: {kind: Histogram.merge(part[variant][kind] for part in parts) for kind in by_kind}
        for variant, by_kind in parts[-1].items()
    }


class Cutter:
    """Cuts a stage into blocks while its intervals come, in order of time.

    What is on no plateau, blocks that miss an interval, and an interval that is cut short are left out.
    """

    def __init__(self, clock: StageClock, reference: Variant) -> None:
        self._clock, self._reference = clock, reference
        self._next = 0
        self._held: list[Block] = []

    def take(
        self, interval: Interval, variants: ByVariant, endpoints: Mapping[str, ByVariant] | None = None
    ) -> Block | None:
        """Take the next interval, sorted by variant, also by endpoint; return the block it completes."""
        clock, number = self._clock, self._clock.number_of(interval)
        place = clock.place_in_block(number)
        if place is None or not clock.is_whole(interval):
            return None
        if number != self._next:
            self._held.clear()
        self._next = number + 1
        if place != len(self._held):
            return None
        ends_s = (number + 1) * clock.interval_s
        self._held.append(Block(ends_s, clock.interval_s, variants, endpoints or {}, self._reference))
        if len(self._held) < clock.block_intervals:
            return None
        whole = Block.merge(self._held)
        self._held.clear()
        return whole


def by_variant(
    interval: Interval,
    endpoint: str | None,
    kinds: Sequence[Kind] = tuple(Kind),
    variants: Sequence[Variant] = tuple(Variant),
) -> ByVariant:
    """Sort what an interval holds of one endpoint or all by variant and kind."""
    if endpoint is not None:
        held = interval.histograms
        return {v: {kind: held.get(Tag(v, kind, endpoint), NOTHING) for kind in kinds} for v in variants}
    parts: dict[tuple[str, str], list[Histogram]] = {}
    for tag, histogram in interval.histograms.items():
        parts.setdefault(tag[:2], []).append(histogram)
    return {
        variant: {kind: Histogram.merge(parts.get((variant, kind), ())) for kind in kinds}
        for variant in variants
    }


def of_kinds(variants: ByVariant, kinds: Sequence[Kind]) -> ByVariant:
    """Keep these kinds alone."""
    return {variant: {kind: held[kind] for kind in kinds} for variant, held in variants.items()}


def by_endpoint(
    interval: Interval, kinds: Sequence[Kind], variants: Sequence[Variant] = tuple(Variant)
) -> Mapping[str, ByVariant]:
    """Sort what an interval holds of the variants by endpoint."""
    names = dict.fromkeys(tag.endpoint for tag in interval.histograms if tag.variant in _VARIANTS)
    return {name: by_variant(interval, name, kinds, variants) for name in names}


class Gatherer:
    """Merges blocks with the next until there are enough requests, without looking ahead."""

    def __init__(self, requests: Callable[[Block], float]) -> None:
        self._requests = requests
        self._held: list[Block] = []
        self._enough = 0.0

    def take(self, block: Block) -> Block | None:
        """Take the next block; return the one it completes."""
        self._held.append(block)
        self._enough += self._requests(block)
        if self._enough < MIN_REQUESTS:
            return None
        merged = Block.merge(self._held)
        self._held, self._enough = [], 0.0
        return merged


def is_of_every_response(held: ByKind, kind: Kind) -> bool:
    """Whether a clock was read for every successful response; some clients don't report the first byte."""
    return held[kind].total == held[Kind.RESPONSE].total


def request_count(held: ByKind) -> int:
    """Count a variant's requests, successful and failed."""
    return held[Kind.RESPONSE].total + held[Kind.FAILED].total


def canary_requests(block: Block) -> int:
    """Count the canary's requests, successful and failed."""
    return request_count(block.canary)


def quantile_us(held: ByKind, kind: Kind, p: float) -> float:
    """Return a quantile, with failures as never answered: infinite where it lies among them.

    There must be a request.
    """
    times = held[kind]
    rank = max(1, math.ceil(p * (times.total + held[Kind.FAILED].total) * (1 - 1e-12)))
    return times.value_at_rank_us(rank) if rank <= times.total else math.inf
