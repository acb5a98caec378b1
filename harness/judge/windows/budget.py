"""How often the gate may be wrong, and how that is shared out."""

from __future__ import annotations

from dataclasses import dataclass

from harness.judge.stats.bounds import Risks
from harness.judge.windows.boundary import Boundary, Schedule, boundary
from harness.judge.windows.last_parts import looks_at_last_parts, parts_at_the_end
from harness.plan.criteria.compare import Op

MAX_ENDS = 3
"""A stage that stays undecided is measured again at most twice."""
WRONG_PASS = 0.05
"""Each criterion may pass wrongly this often. A stage passes only when all do, so this needs no sharing:
a canary that breaks one criterion passes the stage at most this often (intersection-union)."""

WHOLE, LAST_PARTS, GROSS_ALARM, ENDPOINTS, GROWTH = 0.59, 0.28, 0.04, 0.05, 0.04
"""The parts of `alpha`, which add up to 1: whatever may fail a good canary by chance has its own."""
AT_LAST_PARTS = 0.24
"""What the last parts of a stage may spend at its end, shared equally. They resemble each other and the
whole, so that all looks at them together add no more than `LAST_PARTS` to its risk: found by drawing stages
of independent blocks, of 1 to 20 criteria."""
GROWTH_TESTS = 2
"""Memory and p95."""


@dataclass(frozen=True)
class Uses:
    """What, beside its criteria, may fail a stage by chance; what does not leaves its part to them."""

    gross_alarm: bool = True
    endpoints: bool = True
    growth: bool = True

    @property
    def unused(self) -> float:
        """The part of `alpha` that is left over."""
        parts = ((self.gross_alarm, GROSS_ALARM), (self.endpoints, ENDPOINTS), (self.growth, GROWTH))
        return sum(part for used, part in parts if not used)


@dataclass(frozen=True)
class Budget:
    """The risk of failing a good canary in one stage, shared by everything that can fail it by chance.

    All risks together are at most `alpha` (Bonferroni); those of a criterion over the whole stage and over
    its last parts are counted together. The risk of what is done at an end of the stage is shared by all
    ends, too.
    """

    alpha: float
    criteria: int
    blocks: int
    """Of the stage as planned."""
    ends: int = 1
    """How often the stage may be judged at an end: more than once when it may be extended."""
    uses: Uses = Uses()

    def looks(self, schedule: Schedule) -> Boundary:
        """Return the risks of one criterion that is looked at, ends included."""
        return boundary(self.whole, max(self.blocks, 1), self.ends, schedule)

    def at_the_end(self, schedule: Schedule | None, end: int = 1) -> float:
        """Return the risk of one criterion over the whole stage at one of its ends.

        `schedule` is that of its looks, None for a criterion that is judged at ends alone.
        """
        if schedule is None:
            return self.whole / self.ends
        return self.looks(schedule).at(min(end, self.ends) * max(self.blocks, 1))

    @property
    def whole(self) -> float:
        """The risk of one criterion over the whole stage, at all looks and ends together."""
        return self._each(WHOLE)

    @property
    def last_part(self) -> float:
        """The risk of one criterion over one last part of the stage, at one end."""
        parts = len(list(parts_at_the_end(self.blocks)))
        return self._each(AT_LAST_PARTS) / parts / self.ends

    @property
    def looks_at_last_parts(self) -> Boundary:
        """When last parts are looked at while the stage runs, and the p value of each."""
        return looks_at_last_parts(self.last_part, self.blocks, self.ends)

    @property
    def last_parts(self) -> float:
        """What all looks at last parts together add to the risk of one criterion, until one end."""
        return self._each(LAST_PARTS) / self.ends

    @property
    def growth(self) -> float:
        """The risk of one test of growth, at one end."""
        return self._at_an_end(GROWTH / GROWTH_TESTS)

    def endpoint(self, endpoints: int) -> float:
        """Return the risk of one of so many endpoints that are compared unasked, at one end."""
        return self._at_an_end(ENDPOINTS / max(endpoints, 1))

    @property
    def gross(self) -> float:
        """The risk of the built-in alarm over the whole stage, extensions included."""
        return self.alpha * GROSS_ALARM

    def _at_an_end(self, part: float) -> float:
        return self.alpha * part / self.ends

    def _each(self, part: float) -> float:
        """Return the part of each criterion, with what others leave over."""
        of_criteria = WHOLE + LAST_PARTS
        return self.alpha * part * (1 + self.uses.unused / of_criteria) / max(self.criteria, 1)


def bound_risks(op: Op, wrong_fail: float) -> Risks:
    """Return the risks of the bounds of a criterion: one bound fails it, the other passes it."""
    if op.bounds_above:
        return Risks(lower=wrong_fail, upper=WRONG_PASS)
    return Risks(lower=WRONG_PASS, upper=wrong_fail, below_passes=False)
