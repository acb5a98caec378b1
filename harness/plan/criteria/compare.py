"""The one comparison of a value with a limit, and the one way from a baseline's value to a limit."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from harness.plan.criteria.change import Change, Difference, Ratio


class Op(StrEnum):
    """How the observed value must compare with the limit."""

    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="

    @property
    def bounds_above(self) -> bool:
        """Whether values must stay below the limit."""
        return self in (Op.LT, Op.LE)

    @property
    def better(self) -> Literal["lower", "higher"]:
        """On which side of the limit the good values are."""
        return "lower" if self.bounds_above else "higher"

    @property
    def opposite(self) -> "Op":
        """The comparison that holds exactly where this one does not: `>=` for `<`."""
        return {Op.LT: Op.GE, Op.LE: Op.GT, Op.GT: Op.LE, Op.GE: Op.LT}[self]

    @property
    def beyond(self) -> "Op":
        """The comparison that holds on the far side of the limit, not at the limit: `>` for `<` and `<=`."""
        return Op.GT if self.bounds_above else Op.LT

    @property
    def mirrored(self) -> "Op":
        """The comparison that points the other way and includes the limit as this one does: `>` for `<`."""
        return {Op.LT: Op.GT, Op.LE: Op.GE, Op.GT: Op.LT, Op.GE: Op.LE}[self]

    def holds(self, value: float, limit: float) -> bool:
        """Compare. An infinite value is a request never answered: it is above every limit.

        Nothing holds for NaN, or against a limit that isn't finite.
        """
        if not math.isfinite(limit):
            return False
        match self:
            case Op.LT:
                return value < limit
            case Op.LE:
                return value <= limit
            case Op.GT:
                return value > limit
            case Op.GE:
                return value >= limit


@dataclass(frozen=True)
class Absolute:
    """A limit that is a number, in the measure's base unit (s, share of 1, per second, bytes)."""

    value: float


Limit = Absolute | Change


def limit_beside(limit: Limit, baseline: float | None) -> float | None:
    """Return a limit in the measure's base unit, given the baseline's value; None without a finite one."""
    match limit:
        case Absolute(value):
            return value
        case _ if baseline is None or not math.isfinite(baseline):
            return None
        case Ratio(ratio):
            return baseline * (1 + ratio)
        case Difference(difference):
            return baseline + difference
