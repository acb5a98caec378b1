"""A criterion about requests together with its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.comparisons.comparison import Comparison
from harness.judge.criteria.floors import missing_blocks, missing_requests, missing_time
from harness.judge.planning.causes import NoBaseline, reason_of
from harness.judge.sequential.looks import Broken
from harness.judge.sequential.timely import is_of_stage, looks_for
from harness.judge.stats.bounds import Risks
from harness.judge.stats.estimate import Estimate
from harness.judge.stats.latency import Latencies
from harness.judge.stats.power import detectable_ratio, detectable_value
from harness.judge.view import StageView
from harness.judge.windows.blocks import StageBlocks, VariantBlocks
from harness.judge.windows.budget import bound_risks
from harness.judge.windows.last_parts import first_of, parts_at_the_end
from harness.plan.criteria.measure import MeasureKind


@dataclass(frozen=True)
class CriterionContext:
    """A criterion and the stage it is judged in, or the last part of it that `left_out` sixths leave."""

    view: StageView
    bound: BoundCriterion
    left_out: int = 0

    @cached_property
    def blocks(self) -> StageBlocks:
        """The requests it is about."""
        return self._last_of(self._all)

    @cached_property
    def merged(self) -> StageBlocks:
        """The same in blocks of enough requests to be compared."""
        return self._last_of(self._all.merged)

    def change(self, pick: Callable[[VariantBlocks], Latencies]) -> Comparison | None:
        """Compare a latency with the baseline's; the blocks before a last part tell of its noise."""
        merged = self._all.merged
        return self.bound.change(merged.pairs(pick), first_of(len(merged), self.left_out))

    @property
    def last_parts(self) -> Iterator[CriterionContext]:
        """Return the same for each last part of the stage that is judged by itself."""
        for left_out in parts_at_the_end(len(self.blocks)):
            yield replace(self, left_out=left_out)

    @cached_property
    def _all(self) -> StageBlocks:
        return self.view.blocks_of(self.bound.endpoint, self.bound.criterion.for_s)

    def _last_of(self, blocks: StageBlocks) -> StageBlocks:
        return blocks.from_block(first_of(len(blocks), self.left_out))

    @property
    def of_stage(self) -> bool:
        """Whether it is a promise about the figure of this very stage."""
        return is_of_stage(self.view.design, self.bound)

    @property
    def broken(self) -> Broken | None:
        """What the look at which it could only fail found."""
        return self.view.aggregate.watch.broken.get(self.bound)

    @property
    def disturbance_s(self) -> float:
        """What lasts no longer does not break it: a tenth of its own window, if it has one."""
        window_s, of_stage_s = self.bound.criterion.for_s, self.view.design.disturbance_s
        return of_stage_s if window_s is None else min(of_stage_s, window_s / 10)

    @property
    def wrong_fail(self) -> float:
        """How often it may fail wrongly."""
        design = self.view.design
        if self.left_out:
            return design.budget.last_part
        return design.budget.at_the_end(looks_for(design, self.bound), design.parts)

    @property
    def risks(self) -> Risks:
        """How often its bounds may be wrong."""
        return bound_risks(self.bound.criterion.op, self.wrong_fail)

    def estimate(self, compared: Comparison | None, blocks: int) -> Estimate:
        """Return the figure with the bounds of its risks; unknown if nothing can be compared."""
        return compared.within(self.risks) if compared else Estimate.unknown(blocks)

    def detectable(self, estimate: Estimate) -> float | None:
        """Return the smallest value that would often be found beyond the limit."""
        find = detectable_ratio if self.bound.in_proportion else detectable_value
        return find(self.bound.limit, self.bound.criterion.op, estimate, self.wrong_fail)

    def missing(self, estimate: Estimate) -> str | None:
        """Say what an absolute criterion needs for a pass."""
        bound = self.bound
        requests = missing_requests(self.view, bound.measure, estimate, bound.limit)
        return self._first(self._missing_time, requests)

    def missing_to_compare(self, blocks: StageBlocks) -> str | None:
        """Say what a comparison of these blocks needs for a pass."""
        return self._first(self._missing_time, missing_blocks(self.view, blocks))

    @property
    def no_comparison(self) -> str | None:
        """Say why the canary cannot be compared with the baseline."""
        if self.view.stage.is_alone:
            return reason_of(NoBaseline())
        if self.bound.measure.kind is MeasureKind.MAX:
            return "A single slowest request shows no difference between variants; compare p99.9 instead."
        if not self.blocks.canary.requests.sum():
            return "The canary got no requests in the measured time."
        baseline = self.blocks.baseline
        if not (baseline.completed if self.bound.measure.is_latency else baseline.requests).sum():
            return f"The {self.bound.reference} had no successful response in the measured time."
        return None

    @property
    def _missing_time(self) -> str | None:
        return missing_time(self.view, self.bound.criterion.for_s)

    def _first(self, *missing: str | None) -> str | None:
        """Return the first thing a pass would still need; None once a look found it broken."""
        return next(filter(None, missing), None) if self.broken is None else None
