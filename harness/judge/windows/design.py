"""A stage as planned: how its time is cut and its risk is shared, before anything was measured."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import chain

import numpy as np

from harness.judge.windows.budget import MAX_ENDS, Budget, Uses
from harness.judge.windows.clock import StageClock
from harness.judge.windows.pieces import MAX_PIECES
from harness.judge.windows.promises import uncertain_comparisons
from harness.plan.criteria.criterion import Criterion, Named, NamedCriterion
from harness.plan.criteria.measure import Clock, Measure, MeasureKind
from harness.plan.model import Plan, Stage
from harness.plan.rates.due_times import DueTimes
from harness.plan.rates.rate_curve import RateCurve
from harness.plan.rates.stage_rates import StageRates
from harness.plan.variant import Variant
from harness.record.evidence_source import EvidenceSource
from harness.record.histograms.clocks import CLOCKS
from harness.record.histograms.tag import ALWAYS_WRITTEN, EVERY_REQUEST, Kind

MAX_DISTURBANCE_S = 60.0
"""Unless the plan says otherwise a disturbance is a tenth of the stage, and at most this."""
NEED_NO_GROWTH = (Named.SYSTEM_STABLE, Named.STABLE)
"""What is not kept by a canary whose memory or p95 grows."""
ENOUGH_PER_S = 1e6
"""What is not known of a plan is not held against it."""


@dataclass(frozen=True)
class StageDesign:
    """A plan and one of its stages, with the length it had, and where its windows come from."""

    plan: Plan
    stage: Stage
    source: EvidenceSource = EvidenceSource.LOAD

    @cached_property
    def as_planned(self) -> StageDesign:
        """The same with the length the plan gave it: an extension isn't known before it begins."""
        same = [each for each in self.plan.stages if each.name == self.stage.name]
        if not same or same[0].duration_s == self.stage.duration_s:
            return self
        return self.lasting(same[0].duration_s)

    @property
    def longest(self) -> StageDesign:
        """The same with the greatest length that extensions can give it."""
        longest_s = self.as_planned.stage.duration_s * (MAX_ENDS if self.stage.may_be_extended else 1)
        return self.lasting(longest_s)

    def lasting(self, duration_s: float) -> StageDesign:
        """Return the same with another length."""
        return replace(self, stage=self.stage.model_copy(update={"duration_s": duration_s}))

    @cached_property
    def clock(self) -> StageClock:
        """How the stage's time is cut."""
        stage = self.stage
        plateaus_s = None if self.rates is None or self.has_level_rates else self.rates.plateaus
        return StageClock.of(
            stage.interval_s,
            self.plan.warmup_of(stage),
            self.plan.block_of(stage),
            stage.duration_s,
            plateaus_s,
        )

    @cached_property
    def rates(self) -> StageRates | None:
        """How the rates change, extensions included; None where a log or users decide."""
        return self.plan.rates_of(self.stage, self.parts)

    @property
    def max_kept_blocks(self) -> int:
        """How many pieces a stage's blocks are kept in; half of them may be left after merging."""
        return max(MAX_PIECES, 2 * self.plan.judge.min_blocks)

    def blocks_in(self, duration_s: float) -> int:
        """Return how many blocks cover so many seconds."""
        return math.ceil(duration_s / self.clock.block_s - 1e-6)

    @property
    def longest_for_s(self) -> float:
        """The longest last part of the stage that a criterion covers."""
        stage = self.stage
        criteria = chain(stage.criteria, *stage.endpoints.values())
        parts_s = [each.for_s or 0.0 for each in criteria if isinstance(each, Criterion)]
        return min(max(parts_s, default=0.0), stage.duration_s)

    @cached_property
    def disturbance_s(self) -> float:
        """What lasts no longer than this never fails the stage by itself."""
        planned_s, asked_s = self.as_planned.stage.duration_s, self.plan.judge.disturbance_s
        return min(MAX_DISTURBANCE_S, planned_s / 10) if asked_s is None else asked_s

    @property
    def reference(self) -> Variant:
        """What the canary is compared with."""
        return self.plan.reference

    @property
    def share_of_reference(self) -> float:
        """Which part of the requests that variant gets."""
        return float(self.plan.shares_of(self.stage)[self.reference])

    @property
    def has_both(self) -> bool:
        """Whether the canary and what it is compared with get requests at the same time."""
        return 0 < self.stage.weight < 1

    def measures(self, measure: Measure) -> bool:
        """Whether the stage sends the requests of a measure, or the plan probes it."""
        if measure.is_of_requests:
            return measure.kind is MeasureKind.THROUGHPUT or self.stage.weight > 0
        return self.plan.probes is not None and self.plan.probes.tell(measure)

    @property
    def planned_per_s(self) -> float:
        """Planned request starts per second; where only real traffic will tell, enough for any criterion.

        Where the rate changes, it is the mean of the plateaus.
        """
        per_s = self.plan.rate_of(self.stage)
        if per_s is None or self.rates is None:
            return ENOUGH_PER_S
        return per_s if self.has_level_rates else self._judged_per_s(self.rates.total) or per_s

    def _judged_per_s(self, total: RateCurve) -> float | None:
        interval_s = self.clock.interval_s
        parts_s = [(first * interval_s, end * interval_s) for first, end in self.clock.plateaus]
        judged_s = sum(end_s - start_s for start_s, end_s in parts_s)
        return sum(total.between(*part_s) for part_s in parts_s) / judged_s if judged_s else None

    @property
    def planned_arrivals(self) -> float:
        """Arrivals of the whole stage: rate times duration, or the exact count of a changing rate."""
        if self.rates is None or self.has_level_rates:
            return self.planned_per_s * self.stage.duration_s
        parts = [self.plan.part_of(self.stage, is_again=number > 0) for number in range(self.parts)]
        return sum(math.ceil(part.total.arrivals) for part in parts if part)

    def due_s(self, arrivals: int) -> float:
        """Return in how many seconds so many arrivals are due; infinite where a log or users decide."""
        if self.rates is None:
            return math.inf
        return float(DueTimes(self.rates.total).of(np.array([arrivals]))[0])

    @property
    def has_level_rates(self) -> bool:
        """Whether no rate changes in the stage, as far as the plan decides that."""
        return self.rates is None or self.rates.is_level

    def expected(self, variant: Variant | None, start_s: float, end_s: float) -> float | None:
        """Return how many arrivals of a variant or of all are planned between two moments of the stage.

        None where a log or users decide.
        """
        if self.rates is None:
            return None
        curve = self.rates.total if variant is None else self.rates.by_variant[variant]
        # A person may extend a stage for longer than a plan does: its last rate stays.
        return curve.between(start_s, end_s) or curve.at_per_s(start_s) * (end_s - start_s)

    def share_of(self, variant: Variant, arrivals: int) -> Fraction:
        """Return a variant's share of the first arrivals: its weight, unless it had to climb there."""
        if self.rates is None or not self.rates.climb_s:
            return self.plan.shares_of(self.stage)[variant]
        until_s = self.due_s(arrivals)
        of_variant = self.rates.by_variant[variant].arrivals_until(until_s)
        return of_variant / (self.rates.total.arrivals_until(until_s) or 1)

    @cached_property
    def busiest_per_s(self) -> float:
        """The highest rate at which one variant, or all behind a router, is ever sent to."""
        if self.rates is None:
            return 0.0
        alone = max(curve.peak_per_s for curve in self.rates.by_variant.values())
        return self.rates.total.peak_per_s if self.plan.is_routed else alone

    @property
    def parts(self) -> int:
        """How many times its planned length the stage lasted."""
        planned_s = self.as_planned.stage.duration_s
        return max(1, round(self.stage.duration_s / planned_s))

    @cached_property
    def budget(self) -> Budget:
        """How the stage's risk is shared."""
        uncertain = len(uncertain_comparisons(self.plan, self.stage))
        may_end = MAX_ENDS if self.stage.may_be_extended else 1
        ends = max(may_end, min(self.parts, MAX_ENDS))
        blocks = self.as_planned.clock.planned_blocks
        return Budget(self.plan.judge.alpha, uncertain, blocks, ends, self._uses)

    @property
    def _uses(self) -> Uses:
        criteria = self.stage.criteria
        named = {each.name for each in criteria if isinstance(each, NamedCriterion)}
        return Uses(
            gross_alarm=self.has_both,
            endpoints=self.has_both and self.plan.judge.endpoints == "fail",
            growth=not named.isdisjoint(NEED_NO_GROWTH),
        )

    @cached_property
    def alarming(self) -> tuple[Measure, ...]:
        """The measures of requests that a trigger is about."""
        return tuple(dict.fromkeys(trigger.measure for trigger in self._triggers))

    @property
    def _triggers(self) -> Iterator[Criterion]:
        for trigger in (*self.plan.rollback, *self.stage.rollback):
            if isinstance(trigger, Criterion) and trigger.measure.is_of_requests:
                yield trigger

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """The series that the plan's criteria and triggers need, in every window."""
        clocks = {each.measure.clock for each in self._triggers}
        if any(measure.is_latency for measure in self.alarming):
            # A trigger looks at service times while the generator is late.
            clocks.add(Clock.SERVICE)
        wanted = {*self.kinds_of_blocks, *(CLOCKS[clock].kind for clock in clocks)}
        return tuple(kind for kind in Kind if kind in wanted)

    @cached_property
    def kinds_of_blocks(self) -> tuple[Kind, ...]:
        """The series that the plan's criteria need: for most plans only response times and failures."""
        stage = self.stage
        of_levels = ((levels.target, levels.warning, levels.critical) for levels in self.plan.levels.values())
        asked = chain(
            stage.criteria,
            *stage.endpoints.values(),
            *of_levels,
        )
        clocks = {each.measure.clock for each in asked if isinstance(each, Criterion)}
        wanted = {*EVERY_REQUEST, *(CLOCKS[clock].kind for clock in clocks)}
        return tuple(kind for kind in Kind if kind in wanted)


def unasked_kinds(plan: Plan) -> tuple[Kind, ...]:
    """Return the kinds that nothing in a plan and no check of its evidence asks for."""
    asked = {kind for stage in plan.stages for kind in StageDesign(plan, stage).kinds}
    return tuple(kind for kind in Kind if kind not in asked.union(ALWAYS_WRITTEN))
