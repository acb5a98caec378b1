"""A stage's intervals gone through once, in order of time, for everything a report shows of them."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from harness.judge.stats.table import Pool
from harness.judge.windows.block import Block, Cutter, by_variant
from harness.judge.windows.blocks import StageBlocks
from harness.judge.windows.bounded import BoundedSequence
from harness.judge.windows.design import StageDesign
from harness.plan.model import Plan
from harness.record.evidence import StageEvidence
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import EVERY_REQUEST, Tag
from harness.report.data.window import Window

MAX_WINDOWS = 240


@dataclass(frozen=True, eq=False)
class StageReading:
    """Everything a report shows of a stage's intervals."""

    windows: tuple[Window, ...]
    """Fewer than `MAX_WINDOWS`; of a longer stage at least half as many."""
    totals: Mapping[Tag, Histogram]
    """Each series over the whole stage, where it has a value."""
    blocks: StageBlocks
    """All requests after the warm-up, as the judge compares them."""

    @property
    def span_s(self) -> float:
        """Where the last interval ends."""
        return self.windows[-1].start_s + self.windows[-1].length_s if self.windows else 0.0


def read(plan: Plan, evidence: StageEvidence) -> StageReading:
    """Go through the intervals of a stage."""
    design = StageDesign(plan, evidence.stage)
    cutter = Cutter(design.clock, design.reference)
    pools: defaultdict[Tag, Pool] = defaultdict(Pool)
    windows = BoundedSequence(MAX_WINDOWS, Window.merge)
    blocks = BoundedSequence(design.max_kept_blocks, Block.merge)
    for interval in evidence.intervals:
        for tag, histogram in interval.histograms.items():
            if histogram.total:
                pools[tag].add(histogram)
        variants = by_variant(interval, None, EVERY_REQUEST, plan.variants)
        windows.add(Window.of(interval, variants))
        if block := cutter.take(interval, variants):
            blocks.add(block)
    totals = {tag: pool.histogram for tag, pool in pools.items()}
    return StageReading(windows.all, totals, StageBlocks(design.clock, blocks.all))
