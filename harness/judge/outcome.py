"""The four outcomes of a criterion, a stage or a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


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


_SAID: Final[Mapping[str, str]] = {Outcome.PASS: "passed", Outcome.FAIL: "failed"}


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return the worst of all; of nothing it is invalid, because nothing was judged."""
    return max(outcomes, key=lambda outcome: outcome.rank, default=Outcome.INVALID)


def said_of(outcome: str) -> str:
    """Say what a stage came to: `passed`, `failed`, or `is` what it is."""
    return _SAID.get(outcome, f"is {outcome}")
