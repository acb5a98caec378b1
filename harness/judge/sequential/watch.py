"""All looks of a stage, and the moment at which each criterion was found broken."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.finding import Subject
from harness.judge.sequential.gross import GrossRegressionTest, Stretch
from harness.judge.sequential.looks import Broken, Looks
from harness.judge.sequential.same_mix import at_same_mix, is_gross_at_same_mix
from harness.judge.sequential.timely import looks_for
from harness.judge.verdict import EarlyFail
from harness.judge.windows.block import Block, request_count
from harness.judge.windows.blocks import StageBlocks
from harness.judge.windows.design import StageDesign
from harness.judge.windows.lateness import Lateness
from harness.judge.windows.promises import not_reached, parts_of_no_degradation
from harness.judge.words import duration
from harness.plan.criteria.criterion import Criterion, Named
from harness.plan.variant import Variant
from harness.record.histograms.tag import Kind

NEARLY_ALL = 0.9
"""Where more than this share of both variants' requests failed, neither version was tried."""
NOTHING_FOR_S = 10.0
"""How long that must be so after the warm-up, before the stage is given up."""
GROSS_REGRESSION = Subject.of_criterion("no gross regression")


class StageWatch:
    """Takes the blocks of a growing stage, and remembers which criterion was found broken when.

    While the generator is late only errors count, because slowness may be its own.
    """

    def __init__(self, design: StageDesign, lateness: Lateness, so_far: Callable[[], StageBlocks]) -> None:
        self._design, self._lateness, self._so_far = design, lateness, so_far
        self._subjects: dict[BoundCriterion, Subject] = {}
        self.broken: dict[BoundCriterion, Broken] = {}
        """What looks found broken, with the figures of that moment, in order of time."""
        self.gross: Stretch | None = None
        """What sounded the built-in alarm, up to the moment when it did."""
        self.nothing_works_s: float | None = None
        """When nearly every request to either variant had failed, in seconds into the stage."""
        self._compared = (Variant.CANARY, design.reference)
        self._watched_s = 0.0
        self._requests, self._failed = Counter[Variant](), Counter[Variant]()
        self._looks = self._start(design)
        self._gross_test = GrossRegressionTest(design, design.budget.gross) if design.has_both else None

    def take_short(self, block: Block) -> None:
        """Take the next short block."""
        if self._gross_test is None:
            return
        self._watched_s += block.length_s
        for variant, held in block.variants.items():
            self._requests[variant] += request_count(held)
            self._failed[variant] += held[Kind.FAILED].total
        if self.nothing_works_s is None and self._nothing_works(block):
            self.nothing_works_s = block.ends_s
        stretch = self._gross_test.take(block)
        if stretch is None or self.gross is not None or self._lateness.is_late:
            return
        if is_gross_at_same_mix(stretch, self._so_far(), self._design):
            self.gross = stretch

    def take_whole(self, block: Block) -> None:
        """Take the next block; the blocks so far hold it already."""
        for endpoint, several in self._looks.items():
            about = block if endpoint is None else block.of([endpoint])
            for looks in several:
                for found in looks.take(about):
                    if found.bound not in self.broken and (accusing := self._accusing(found)):
                        self.broken[found.bound] = accusing

    def end(self) -> None:
        """Forget what only further blocks need: the tables of a long stage take much memory."""
        self._looks, self._gross_test = {}, None

    def _accusing(self, found: Broken) -> Broken | None:
        if self._lateness.is_late and not found.bound.is_of_errors:
            return None
        if found.bound.endpoint is not None or not self._design.has_both:
            return found
        return at_same_mix(found, self._so_far(), self._design)

    @property
    def early_fail(self) -> EarlyFail | None:
        """What was found broken first."""
        found = [(each.at_s, self._subjects[bound]) for bound, each in self.broken.items()]
        if self.gross is not None:
            found.append((self.gross.until_s, GROSS_REGRESSION))
        if not found:
            return None
        at_s, subject = min(found, key=lambda one: one[0])
        return EarlyFail.of(subject, at_s, f"It was broken {duration(at_s)} into the stage.")

    def _nothing_works(self, latest: Block) -> bool:
        so_far = ((self._failed[each], self._requests[each]) for each in self._compared)
        held = (latest.variants[each] for each in self._compared)
        now = ((each[Kind.FAILED].total, request_count(each)) for each in held)
        return self._watched_s >= NOTHING_FOR_S and all(
            requests and failed / requests > NEARLY_ALL for failed, requests in (*now, *so_far)
        )

    def _start(self, design: StageDesign) -> dict[str | None, list[Looks]]:
        together = defaultdict(list)
        for subject, bound in _watchable(design):
            if bound not in self._subjects:
                self._subjects[bound] = subject
                together[bound.endpoint, bound.kind].append(bound)
        looks = defaultdict(list)
        for (endpoint, kind), bounds in together.items():
            looks[endpoint].append(Looks(design, kind, bounds))
        return looks


def _watchable(design: StageDesign) -> Iterator[tuple[Subject, BoundCriterion]]:
    """Yield the criteria that may fail a stage early, each with the subject of its finding."""
    for subject, bound in _bound_criteria(design):
        if looks_for(design, bound) is not None:
            yield subject, bound


def _bound_criteria(design: StageDesign) -> Iterator[tuple[Subject, BoundCriterion]]:
    for criterion in design.stage.criteria:
        subject = Subject.of_criterion(criterion.text)
        if isinstance(criterion, Criterion):
            yield subject, BoundCriterion(criterion, reference=design.reference)
        elif criterion.name is Named.NO_PERFORMANCE_DEGRADATION:
            parts = parts_of_no_degradation(design.plan)
            yield from ((subject, BoundCriterion(part, reference=design.reference)) for part in parts)
    for endpoint, criteria in design.stage.endpoints.items():
        asked = (each for each in criteria if isinstance(each, Criterion))
        bounds = (BoundCriterion(each, endpoint, design.reference) for each in asked)
        yield from ((bound.subject, bound) for bound in bounds)
    for measure, levels in design.plan.levels.items():
        if levels.critical is not None:
            subject = Subject.of_level(measure, "critical", levels.critical.text)
            yield subject, BoundCriterion(not_reached(levels.critical), reference=design.reference)
