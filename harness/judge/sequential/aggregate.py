"""The aggregate of a stage's windows, updated with each new one.

The live evaluation and the judge, even years later, add the same intervals in the same order. So whatever was
found while the stage ran is found again, at the same moment.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterable, Iterator

from harness.judge.sequential.watch import StageWatch
from harness.judge.stats.table import Pool
from harness.judge.windows.block import Block, Cutter, by_endpoint, by_variant, of_kinds
from harness.judge.windows.blocks import StageBlocks
from harness.judge.windows.bounded import BoundedSequence
from harness.judge.windows.design import StageDesign
from harness.judge.windows.edges import in_favour_of_the_canary
from harness.judge.windows.lateness import Lateness
from harness.judge.windows.moment import Moment, moment_of
from harness.record.evidence import Interval, StageEvidence
from harness.record.evidence_source import EvidenceSource
from harness.record.histograms.account import ALWAYS_NAMED, VARIANTS
from harness.record.histograms.tag import ALWAYS_WRITTEN, EVERY_REQUEST, LATENESS_HUB, LATENESS_SENT, Tag
from harness.record.probes import GeneratorProbe, Probe

WRITTEN_WITHIN_S = 1e-3
"""A window and the generator's own figures of it carry the same time, but for rounding."""


class StageAggregate:
    """The aggregate of a stage so far."""

    def __init__(self, design: StageDesign) -> None:
        self.design = design
        self.numbers: set[int] = set()
        """The intervals seen."""
        self._last = -1
        self.recorded_s = 0.0
        self.begins_s: float | None = None
        """Where the first interval begins: at 0, if the stage started when it says."""
        self.ends_s = 0.0
        """Where the latest interval ends."""
        self.counts: Counter[Tag] = Counter()
        """How many values each series has in the whole stage."""
        self.stops: tuple[int, float] | None = None
        """How many series stopped at which second of the stage, where one did."""
        self.disorder_s: float | None = None
        """Where two windows are of the same interval, or out of order."""
        self.moments: list[Moment] = []
        self.sent = Pool()
        self.lateness = Lateness(design.plan.generator, design.clock, design.source)
        self.blocks = BoundedSequence(design.max_kept_blocks, Block.merge)
        self.latest: deque[Block] = deque(maxlen=design.blocks_in(design.longest_for_s))
        """The last blocks, as many as criteria on the last part of the stage need."""
        self.watch = StageWatch(design, self.lateness, lambda: StageBlocks(design.clock, self.blocks.all))
        self._whole = Cutter(design.clock, design.reference)
        self._short = Cutter(design.clock.fast, design.reference)

    @property
    def has_reached_the_end(self) -> bool:
        """Whether the last whole interval of the stage was seen."""
        return self._last >= self.design.clock.intervals - 1

    def take(self, interval: Interval, usage: Iterable[GeneratorProbe] = ()) -> None:
        """Take the next interval, and what the generator recorded of its core since the last one."""
        number = self.design.clock.number_of(interval)
        self._count(interval, number)
        self.lateness.take(interval)
        self.lateness.take_usage(usage)
        if self.design.source is EvidenceSource.METRICS:
            interval = in_favour_of_the_canary(interval)
        kinds, named = self.design.kinds_of_blocks, self.design.plan.variants
        variants = by_variant(interval, None, self.design.kinds, named)
        self.moments.append(moment_of(self.design, interval, variants))
        if short := self._short.take(interval, of_kinds(variants, EVERY_REQUEST)):
            self.watch.take_short(short)
        endpoints = by_endpoint(interval, kinds, named)
        if block := self._whole.take(interval, of_kinds(variants, kinds), endpoints):
            self.blocks.add(block)
            self.latest.append(block)
            self.watch.take_whole(block)

    def _count(self, interval: Interval, number: int) -> None:
        if self.stops is None and (missing := self._missing(interval)):
            self.stops = (missing, interval.start_s)
        if self.disorder_s is None and number <= self._last:
            self.disorder_s = interval.start_s
        self._last = number
        if self.begins_s is None:
            self.begins_s = interval.start_s
        self.numbers.add(number)
        self.recorded_s += interval.length_s
        self.ends_s = max(self.ends_s, interval.start_s + interval.length_s)
        for tag, histogram in interval.histograms.items():
            self.counts[tag] += histogram.total
        if sent := interval.histograms.get(LATENESS_SENT):
            self.sent.add(sent)

    def _missing(self, interval: Interval) -> int:
        """Count the series that an interval should have and has not."""
        held = interval.histograms
        if held.keys() == self.counts.keys():
            # Those seen before were looked at then.
            return 0
        return sum(tag not in held for tag in {*self.counts, *_belonging(interval)})


def _belonging(interval: Interval) -> Iterator[Tag]:
    """Yield the series that are always written together with those of an interval."""
    yield from (LATENESS_SENT, LATENESS_HUB)
    for endpoint in {tag.endpoint for tag in interval.histograms if tag.variant in VARIANTS}:
        for variant in ALWAYS_NAMED:
            yield from (Tag(variant, kind, endpoint) for kind in ALWAYS_WRITTEN)


class GeneratorUsage:
    """What the generator recorded of its core; each record is returned once."""

    def __init__(self, stage: str, started_s: float) -> None:
        self._stage, self._started_s = stage, started_s
        self._waiting: deque[GeneratorProbe] = deque()

    def add(self, probes: Iterable[Probe]) -> None:
        """Take probes; those of other kinds and stages are ignored."""
        for probe in probes:
            if isinstance(probe, GeneratorProbe) and probe.stage == self._stage:
                self._waiting.append(probe)

    def until(self, end_s: float) -> Iterator[GeneratorProbe]:
        """Yield the records up to this second of the stage."""
        while self._waiting and self._waiting[0].t_s - self._started_s <= end_s + WRITTEN_WITHIN_S:
            yield self._waiting.popleft()


def aggregate_of(design: StageDesign, evidence: StageEvidence) -> StageAggregate:
    """Aggregate everything recorded of a stage."""
    aggregate = StageAggregate(design)
    usage = GeneratorUsage(design.stage.name, evidence.started_s or 0.0)
    usage.add(sorted(evidence.probes, key=lambda probe: probe.t_s))
    for interval in evidence.intervals:
        aggregate.take(interval, usage.until(interval.start_s + interval.length_s))
    aggregate.lateness.take_usage(usage.until(math.inf))
    aggregate.watch.end()
    return aggregate
