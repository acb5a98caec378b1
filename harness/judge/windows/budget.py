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


@dataclass(frozen=True)
class Budget:
    """The risk of failing a good canary in one stage, shared by its criteria.

    Any criterion can fail the stage, so each gets an equal part of `alpha` (Bonferroni): one half of the part
    for sequential tests during the stage, one half for its end, which extensions share.
    """

    alpha: float
    criteria: int
    ends: int = 1
    """How often the stage may be judged at an end: more than once when it may be extended."""

    @property
    def final(self) -> float:
        """The risk of one criterion at one end of the stage."""
        return self.alpha / 2 / max(self.criteria, 1) / self.ends

    @property
    def early(self) -> float:
        """The risk of one criterion over all looks of its sequential test; the built-in alarm is one more."""
        return self.alpha / 2 / (self.criteria + 1)

    def risks(self, op: Op) -> Risks:
        """Return the risks of the bounds of a criterion: one bound fails it, the other passes it."""
        if op.bounds_above:
            return Risks(lower=self.final, upper=WRONG_PASS)
        return Risks(lower=WRONG_PASS, upper=self.final, below_passes=False)
