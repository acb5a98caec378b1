"""How often the gate may be wrong, and how that is shared out."""

from __future__ import annotations

from dataclasses import dataclass

from harness.judge.stats.bounds import Risks
from harness.plan.criteria.compare import Op

MAX_ENDS = 3
"""A stage that stays undecided is measured again at most twice."""
WRONG_PASS = 0.05
"""Each criterion may pass wrongly this often. A stage passes only when all do, so this needs no sharing:
a canary that breaks one criterion passes the stage at most this often (intersection-union)."""

END, LAST_PARTS, LOOKS, GROSS_ALARM, ENDPOINTS, GROWTH = 0.45, 0.3, 0.1, 0.05, 0.05, 0.05
"""The parts of `alpha`, which add up to 1: whatever may fail a good canary by chance has its own."""
PARTS_LOOKED_AT = 3
"""How many last parts of a stage are judged by themselves at its end."""
GROWTH_TESTS = 2
"""Memory and p95."""


@dataclass(frozen=True)
class Budget:
    """The risk of failing a good canary in one stage, shared by everything that can fail it by chance.

    All risks together are at most `alpha` (Bonferroni). The risk of what is done at an end of the stage is
    shared by all ends, too.
    """

    alpha: float
    criteria: int
    ends: int = 1
    """How often the stage may be judged at an end: more than once when it may be extended."""

    @property
    def final(self) -> float:
        """The risk of one criterion over the whole stage, at one end."""
        return self._at_an_end(END / self._each)

    @property
    def last_part(self) -> float:
        """The risk of one criterion over one last part of the stage, at one end."""
        return self._at_an_end(LAST_PARTS / self._each / PARTS_LOOKED_AT)

    @property
    def growth(self) -> float:
        """The risk of one test of growth, at one end."""
        return self._at_an_end(GROWTH / GROWTH_TESTS)

    def endpoint(self, endpoints: int) -> float:
        """Return the risk of one of so many endpoints that are compared unasked, at one end."""
        return self._at_an_end(ENDPOINTS / max(endpoints, 1))

    @property
    def early(self) -> float:
        """The risk of one criterion over all looks of its sequential test."""
        return self.alpha * LOOKS / self._each

    @property
    def gross(self) -> float:
        """The risk of the built-in alarm over the whole stage, extensions included."""
        return self.alpha * GROSS_ALARM

    def _at_an_end(self, part: float) -> float:
        return self.alpha * part / self.ends

    @property
    def _each(self) -> int:
        return max(self.criteria, 1)


def bound_risks(op: Op, wrong_fail: float) -> Risks:
    """Return the risks of the bounds of a criterion: one bound fails it, the other passes it."""
    if op.bounds_above:
        return Risks(lower=wrong_fail, upper=WRONG_PASS)
    return Risks(lower=WRONG_PASS, upper=wrong_fail, below_passes=False)
