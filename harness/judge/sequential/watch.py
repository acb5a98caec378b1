"""Watching a stage while it grows: the moment at which each promise was surely broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from harness.judge.bound_criterion import BoundCriterion, not_reached, parts_of_no_degradation, quantile_of
from harness.judge.finding import Subject
from harness.judge.sequential.alarms import (
    GROSS,
    ErrorRateTest,
    GrossRegressionTest,
    LatencyTest,
    SequentialTest,
    SlowerTest,
)
from harness.judge.verdict import EarlyFail
from harness.judge.windows.block import Block
from harness.judge.windows.design import StageDesign
from harness.judge.windows.lateness import Lateness
from harness.judge.words import duration
from harness.plan.criteria.criterion import Criterion, Named
from harness.plan.criteria.measure import MeasureKind
from harness.record.histograms.tag import Kind

GROSS_REGRESSION = Subject.of_criterion("no gross regression")


class StageWatch:
    """Watches a stage while it grows: takes its blocks as they come, and remembers what was broken when.

    With a late generator slowness proves nothing, so only errors count while it is late.
    """

    def __init__(self, design: StageDesign, lateness: Lateness) -> None:
        self._lateness = lateness
        self._by_short: dict[str | None, list[SequentialTest]] = {}
        self._by_whole: dict[str | None, list[SequentialTest]] = {}
        self._subjects: dict[BoundCriterion | None, Subject] = {None: GROSS_REGRESSION}
        self.alarms_s: dict[BoundCriterion | None, float] = {}
        """When each promise was surely broken, in seconds into the stage; None is the built-in alarm."""
        self._post(design)

    def take_short(self, endpoint: str | None, block: Block) -> None:
        """Take the next short block of an endpoint or all."""
        self._take(self._by_short.get(endpoint, ()), block)

    def take_whole(self, endpoint: str | None, block: Block) -> None:
        """Take the next block of an endpoint or all."""
        self._take(self._by_whole.get(endpoint, ()), block)

    @property
    def early_fail(self) -> EarlyFail | None:
        """The first promise that was surely broken."""
        for promise, at_s in self.alarms_s.items():
            return EarlyFail.of(
                self._subjects[promise], at_s, f"It was broken {duration(at_s)} into the stage."
            )
        return None

    def _take(self, tests: Iterable[SequentialTest], block: Block) -> None:
        for test in tests:
            for promise in test.take(block):
                blameless = self._lateness.is_late and not (promise and promise.is_of_errors)
                if promise not in self.alarms_s and not blameless:
                    self.alarms_s[promise] = block.ends_s

    def _post(self, design: StageDesign) -> None:
        together: dict[tuple[str | None, Kind, bool], list[BoundCriterion]] = {}
        for subject, promise in _watchable(design):
            if promise in self._subjects:
                continue
            self._subjects[promise] = subject
            measure, relative = promise.measure, promise.criterion.is_relative
            if promise.is_of_errors:
                if not relative and 0 < promise.limit < 1:
                    self._by_short.setdefault(promise.endpoint, []).append(ErrorRateTest(design, promise))
            elif design.has_both if relative else promise.limit > 0:
                together.setdefault((promise.endpoint, promise.kind, relative), []).append(promise)
                if measure.quantile is not None and not relative:
                    self._by_short.setdefault(promise.endpoint, []).append(_jump_sentry(design, promise))
        for (endpoint, kind, relative), promises in together.items():
            test = LatencyTest(design, kind, promises, of_both=relative)
            self._by_whole.setdefault(endpoint, []).append(test)
        if design.has_both:
            self._by_short.setdefault(None, []).append(GrossRegressionTest(design))


def _jump_sentry(design: StageDesign, promise: BoundCriterion) -> SlowerTest:
    """StageWatch for a percentile far above an absolute limit, also when it only gets there in mid-stage."""
    limit_us = (1 + GROSS) * promise.limit * 1e6
    return SlowerTest(design, promise, promise.kind, quantile_of(promise.measure), lambda _: limit_us)


def _watchable(design: StageDesign) -> Iterator[tuple[Subject, BoundCriterion]]:
    """Yield what may fail a stage early, and what its finding is about.

    Promises about the last part of a stage, about throughput and about the slowest request wait for its end.
    """
    for subject, promise in _promises(design):
        criterion, measure = promise.criterion, promise.measure
        timely = measure.is_latency and measure.kind is not MeasureKind.MAX
        if criterion.for_s is None and criterion.op.bounds_above and (timely or promise.is_of_errors):
            yield subject, promise


def _promises(design: StageDesign) -> Iterator[tuple[Subject, BoundCriterion]]:
    for criterion in design.stage.criteria:
        subject = Subject.of_criterion(criterion.text)
        if isinstance(criterion, Criterion):
            yield subject, BoundCriterion(criterion)
        elif criterion.name is Named.NO_PERFORMANCE_DEGRADATION:
            yield from ((subject, BoundCriterion(part)) for part in parts_of_no_degradation(design.plan))
    for endpoint, criteria in design.stage.endpoints.items():
        promises = [BoundCriterion(each, endpoint) for each in criteria if isinstance(each, Criterion)]
        yield from ((promise.subject, promise) for promise in promises)
    for measure, levels in design.plan.levels.items():
        if levels.critical is not None:
            subject = Subject.of_level(measure, "critical", levels.critical.text)
            yield subject, BoundCriterion(not_reached(levels.critical))
