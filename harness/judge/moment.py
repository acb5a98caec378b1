"""One interval of a stage as a trigger sees it: plain observed values, no bounds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from harness.judge.blocks import ByKind, of_variant
from harness.judge.view import StageView
from harness.plan.measure import Measure, MeasureKind
from harness.plan.variant import Variant
from harness.record.evidence import Interval
from harness.record.histogram import Histogram
from harness.record.tag import Kind


@dataclass(frozen=True)
class Moment:
    """An interval, its place in the stage and its time in it."""

    view: StageView
    number: int
    intervals: tuple[Interval, ...]

    @property
    def start_s(self) -> float:
        """When it began, in the stage."""
        return self.number * self.view.stage.interval_s

    @property
    def end_s(self) -> float:
        """When it ended, in the stage."""
        return self.start_s + self.view.stage.interval_s

    @cached_property
    def _canary(self) -> ByKind:
        return of_variant(self.intervals, Variant.CANARY, None)

    @cached_property
    def _baseline(self) -> ByKind:
        return of_variant(self.intervals, Variant.BASELINE, None)

    def value(self, measure: Measure) -> float | None:
        """Return the canary's value in base units (both variants' for throughput); None without a request."""
        if measure.kind is MeasureKind.THROUGHPUT:
            completed = self._canary[Kind.RESPONSE].total + self._baseline[Kind.RESPONSE].total
            return completed / self.view.stage.interval_s
        return _value(self._canary, measure)

    def baseline(self, measure: Measure) -> float | None:
        """Return the baseline's value; None without a request."""
        return _value(self._baseline, measure)

    @property
    def is_down(self) -> bool:
        """Whether the canary gave no good answer, or every health check of it failed."""
        stage = self.view.stage
        expected = float(stage.weight) * self.view.planned_per_s * self.view.stage.interval_s
        if expected >= 1 and not self._canary[Kind.RESPONSE].total:
            return True
        checks = self.view.probes_between("health", Variant.CANARY, self.start_s, self.end_s)
        return bool(checks) and not any(check["ok"] for check in checks)


def moments(view: StageView) -> Iterator[Moment]:
    """Yield the intervals of a stage in order of time, the warm-up included."""
    numbered: dict[int, list[Interval]] = {}
    for interval in view.evidence.intervals:
        numbered.setdefault(view.clock.number_of(interval), []).append(interval)
    for number in sorted(numbered):
        yield Moment(view, number, tuple(numbered[number]))


def _value(variant: ByKind, measure: Measure) -> float | None:
    times = variant[Kind.SERVICE if measure.clock == "service" else Kind.RESPONSE]
    failed = variant[Kind.FAILED]
    n = times.total + failed.total
    if not n:
        return None
    match measure.kind:
        case MeasureKind.ERROR_RATE:
            return failed.total / n
        case MeasureKind.MEAN:
            return times.mean_us / 1e6 if times.total else math.inf
        case MeasureKind.MAX:
            return Histogram.merge((times, failed)).max_us / 1e6
        case _:
            rank = max(1, math.ceil((measure.quantile or 0.0) * n * (1 - 1e-12)))
            return times.value_at_rank_us(rank) / 1e6 if rank <= times.total else math.inf
