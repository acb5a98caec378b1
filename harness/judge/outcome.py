"""The four outcomes of a criterion, a stage or a run."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Outcome(StrEnum):
    """Ordered from good to bad: pass < inconclusive < invalid < fail."""

    PASS = "pass"  # noqa: S105  # an outcome, no password
    INCONCLUSIVE = "inconclusive"
    INVALID = "invalid"
    FAIL = "fail"

    @property
    def rank(self) -> int:
        """Position in the order, 0 for pass."""
        return _ORDER.index(self)


_ORDER = tuple(Outcome)


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the worst of all; of nothing it is invalid, because nothing was judged."""
    return max(outcomes, key=lambda outcome: outcome.rank, default=Outcome.INVALID)
