"""Which requests the variants were sent: they are compared at the same mix of endpoints, or not at all."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from harness.judge.stats.special import ndtri
from harness.judge.words import PERCENT
from harness.plan.variant import Variant

MIN_EACH = 20
"""An endpoint with fewer requests of either variant is compared together with other rare ones."""
MAX_GROUPS = 30
"""So many endpoints are compared by themselves: those with the largest shares."""
UNEVEN = 0.01
"""Difference in an endpoint's share between the variants that could move a percentile."""
MIX_RISK = 0.0005
"""How often chance alone is taken for another mix."""


@dataclass(frozen=True)
class Apart:
    """An endpoint whose shares of the two variants' requests differ beyond chance."""

    endpoint: str
    canary: float
    baseline: float
    reference: Variant = Variant.BASELINE

    @property
    def difference(self) -> float:
        """How far the shares are apart."""
        return abs(self.canary - self.baseline)

    @property
    def spoken(self) -> str:
        """The shares as a sentence."""
        now, was = PERCENT.spoken(self.canary), PERCENT.spoken(self.baseline)
        return f"{self.endpoint} was {now} of the canary's requests and {was} of the {self.reference}'s."


@dataclass(frozen=True, eq=False)
class Mix:
    """How many requests of either variant each endpoint got."""

    canary: Counter[str]
    baseline: Counter[str]
    reference: Variant = Variant.BASELINE
    """Which variant the second is."""

    @cached_property
    def endpoints(self) -> list[str]:
        """All endpoints, by name."""
        return sorted({*self.canary, *self.baseline})

    @cached_property
    def single(self) -> tuple[str, ...]:
        """The endpoints that are compared by themselves."""
        enough = [name for name in self.endpoints if self.least(name) >= MIN_EACH]
        return tuple(sorted(enough, key=lambda name: (-max(self._shares(name)), name))[:MAX_GROUPS])

    def least(self, endpoint: str) -> int:
        """Return how many requests of an endpoint the variant got that got fewer."""
        return min(self.canary[endpoint], self.baseline[endpoint])

    @cached_property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """Those, and all others together."""
        others = tuple(name for name in self.endpoints if name not in set(self.single))
        return (*((name,) for name in self.single), *((others,) if others else ()))

    @cached_property
    def moved(self) -> Apart | None:
        """The endpoint whose shares are most apart; None where chance explains all differences."""
        return max(self._apart, key=lambda each: each.difference, default=None)

    @cached_property
    def incomparable(self) -> Apart | None:
        """An endpoint that only one variant got requests of, but for a few: nothing compares with it."""
        return next((each for each in self._apart if each.endpoint not in self.single), None)

    @cached_property
    def _apart(self) -> tuple[Apart, ...]:
        return tuple(self._differences())

    def _differences(self) -> Iterator[Apart]:
        new, old = self.canary.total(), self.baseline.total()
        if not new or not old:
            return
        surprise = -ndtri(MIX_RISK / 2 / len(self.endpoints))
        for name in self.endpoints:
            now, was = self._shares(name)
            both = (self.canary[name] + self.baseline[name]) / (new + old)
            error = math.sqrt(both * (1 - both) * (1 / new + 1 / old))
            if abs(now - was) > max(UNEVEN, surprise * error):
                yield Apart(name, now, was, self.reference)

    def _shares(self, name: str) -> tuple[float, float]:
        return (
            self.canary[name] / max(self.canary.total(), 1),
            self.baseline[name] / max(self.baseline.total(), 1),
        )
