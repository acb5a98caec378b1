"""All sequential tests of a stage, and the moment at which each criterion was found broken."""

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
from harness.judge.windows.block import Block, BlockSum
from harness.judge.windows.design import StageDesign
from harness.judge.windows.lateness import Lateness
from harness.judge.windows.moment import value_of
from harness.judge.words import duration
from harness.plan.criteria.criterion import Criterion, Named
from harness.plan.criteria.measure import MeasureKind, measure_named
from harness.record.histograms.tag import Kind

ERROR_RATE = measure_named("error rate")
NEARLY_ALL = 0.9
"""Where more than this share of both variants' requests failed, neither version was tried."""
NOTHING_FOR_S = 10.0
"""How long that must be so after the warm-up, before the stage is given up."""
GROSS_REGRESSION = Subject.of_criterion("no gross regression")


class StageWatch:
    """Takes the blocks of a growing stage, and remembers which criterion was found broken when.

    While the generator is late only errors count, because slowness may be its own. A limit that the baseline
    breaks as well accuses nobody yet: the stage's end decides.
    """

    def __init__(self, design: StageDesign, lateness: Lateness) -> None:
        self._lateness = lateness
        self._sums = {endpoint: BlockSum(design.kinds) for endpoint in (None, *design.stage.endpoints)}
        self._has_both = design.has_both
        self._by_short: dict[str | None, list[SequentialTest]] = {}
        self._by_whole: dict[str | None, list[SequentialTest]] = {}
        self._subjects: dict[BoundCriterion | None, Subject] = {None: GROSS_REGRESSION}
        self.alarms_s: dict[BoundCriterion | None, float] = {}
        """When each criterion was found broken, in seconds into the stage; None is the built-in alarm."""
        self.nothing_works_s: float | None = None
        """When nearly every request to either variant had failed, in seconds into the stage."""
        self._post(design)

    def take_short(self, endpoint: str | None, block: Block) -> None:
        """Take the next short block of an endpoint or all."""
        self._sums[endpoint].add(block)
        if endpoint is None and self.nothing_works_s is None and self._nothing_works(block):
            self.nothing_works_s = block.ends_s
        self._take(self._by_short.get(endpoint, ()), block)

    def take_whole(self, endpoint: str | None, block: Block) -> None:
        """Take the next block of an endpoint or all."""
        self._take(self._by_whole.get(endpoint, ()), block)

    @property
    def early_fail(self) -> EarlyFail | None:
        """The first criterion that was found broken."""
        for bound, at_s in self.alarms_s.items():
            return EarlyFail.of(
                self._subjects[bound], at_s, f"It was broken {duration(at_s)} into the stage."
            )
        return None

    def _take(self, tests: Iterable[SequentialTest], block: Block) -> None:
        for test in tests:
            for bound in test.take(block):
                if bound not in self.alarms_s and not self._is_blameless(bound):
                    self.alarms_s[bound] = block.ends_s

    def _is_blameless(self, bound: BoundCriterion | None) -> bool:
        if self._lateness.is_late and not (bound and bound.is_of_errors):
            return True
        if bound is None or bound.criterion.is_relative or not self._has_both:
            return False
        baseline = value_of(self._sums[bound.endpoint].block.baseline, bound.measure)
        return baseline is not None and bound.criterion.op.opposite.holds(baseline, bound.limit)

    def _nothing_works(self, latest: Block) -> bool:
        together = self._sums[None]
        is_known = self._has_both and together.length_s >= NOTHING_FOR_S
        return is_known and _nothing_works_in(latest) and _nothing_works_in(together.block)

    def _post(self, design: StageDesign) -> None:
        together: dict[tuple[str | None, Kind, bool], list[BoundCriterion]] = {}
        for subject, bound in _watchable(design):
            if bound in self._subjects:
                continue
            self._subjects[bound] = subject
            measure, relative = bound.measure, bound.criterion.is_relative
            if bound.is_of_errors:
                if not relative and 0 < bound.limit < 1:
                    self._by_short.setdefault(bound.endpoint, []).append(ErrorRateTest(design, bound))
            elif design.has_both if relative else bound.limit > 0:
                together.setdefault((bound.endpoint, bound.kind, relative), []).append(bound)
                if measure.quantile is not None and not relative:
                    self._by_short.setdefault(bound.endpoint, []).append(_jump_test(design, bound))
        for (endpoint, kind, relative), bounds in together.items():
            test = LatencyTest(design, kind, bounds, of_both=relative)
            self._by_whole.setdefault(endpoint, []).append(test)
        if design.has_both:
            self._by_short.setdefault(None, []).append(GrossRegressionTest(design))


def _nothing_works_in(block: Block) -> bool:
    shares = [value_of(held, ERROR_RATE) for held in block.variants.values()]
    return all(share is not None and share > NEARLY_ALL for share in shares)


def _jump_test(design: StageDesign, bound: BoundCriterion) -> SlowerTest:
    """Test for a percentile far above an absolute limit, also if it only rises in mid-stage."""
    limit_us = (1 + GROSS) * bound.limit * 1e6
    return SlowerTest(design, bound, bound.kind, quantile_of(bound.measure), lambda _: limit_us)


def _watchable(design: StageDesign) -> Iterator[tuple[Subject, BoundCriterion]]:
    """Yield the criteria that may fail a stage early, each with the subject of its finding.

    Criteria on the last part of a stage, on throughput and on the slowest request wait for its end.
    """
    for subject, bound in _bound_criteria(design):
        criterion, measure = bound.criterion, bound.measure
        timely = measure.is_latency and measure.kind is not MeasureKind.MAX
        if criterion.for_s is None and criterion.op.bounds_above and (timely or bound.is_of_errors):
            yield subject, bound


def _bound_criteria(design: StageDesign) -> Iterator[tuple[Subject, BoundCriterion]]:
    for criterion in design.stage.criteria:
        subject = Subject.of_criterion(criterion.text)
        if isinstance(criterion, Criterion):
            yield subject, BoundCriterion(criterion)
        elif criterion.name is Named.NO_PERFORMANCE_DEGRADATION:
            yield from ((subject, BoundCriterion(part)) for part in parts_of_no_degradation(design.plan))
    for endpoint, criteria in design.stage.endpoints.items():
        bounds = [BoundCriterion(each, endpoint) for each in criteria if isinstance(each, Criterion)]
        yield from ((bound.subject, bound) for bound in bounds)
    for measure, levels in design.plan.levels.items():
        if levels.critical is not None:
            subject = Subject.of_level(measure, "critical", levels.critical.text)
            yield subject, BoundCriterion(not_reached(levels.critical))
