"""What the end of a stage and every look ask of a criterion: a number beside its limit."""

from __future__ import annotations

from typing import Protocol

from harness.judge.stats.bounds import Risks
from harness.judge.stats.estimate import Estimate
from harness.judge.stats.limit_test import LimitTest


class Comparison(Protocol):
    """A number that was observed, and a limit."""

    @property
    def test(self) -> LimitTest:
        """The test of the limit."""
        ...

    def within(self, risks: Risks) -> Estimate:
        """Return the number with bounds, which lie beyond the limit exactly where the test says so."""
        ...
