"""What is known of a criterion while its stage runs, and whether it accuses the canary.

A look may accuse only the canary, and only of what lasted. So where a baseline runs beside it, the canary
must be worse than it over the same time; and the evidence must remain whatever stretch of twice the
disturbance is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.comparisons.comparison import Comparison
from harness.judge.stats.bounds import Risks
from harness.judge.stats.disturbance import lasts
from harness.judge.stats.estimate import Estimate
from harness.judge.stats.latency import Latencies, Pair, observed_mean_s, observed_quantile_s
from harness.judge.stats.limit_test import Care, is_surely
from harness.judge.stats.noise import Floats
from harness.judge.stats.shares import ShareTest
from harness.judge.windows.budget import WRONG_PASS
from harness.plan.criteria.measure import MeasureKind

WORSE = 0.01
"""How improbable the canary's excess over the baseline must be where both are alike."""
MUCH = 1.25
"""Times what the promise grants, of slow or failed requests, before an absolute promise may fail early."""
TOO_MUCH = 2.5
"""Times what it grants for the whole stage, from where on nothing later can make up for it."""
HORIZON_S = 840.0
"""The promise of a longer stage with a baseline beside the canary is held to so many seconds of it."""


@dataclass(frozen=True)
class Time:
    """How much was measured until now, of how much in the whole stage, in pieces of which length."""

    measured_s: float
    stage_s: float
    piece_s: float
    disturbance_s: float

    def pieces_in(self, duration_s: float) -> int:
        """Return how many pieces cover a duration."""
        return max(1, math.ceil(duration_s / self.piece_s - 1e-6))

    def at_the_end(self, whole: float, part: float) -> float:
        """Return the figure of the whole stage if its last part goes on alike; both are figures until now."""
        rest = max(1 - self.measured_s / self.stage_s, 0.0)
        return whole + (part - whole) * rest


@dataclass(frozen=True, eq=False)
class CriterionSoFar:
    """A criterion, and both variants' requests until now."""

    bound: BoundCriterion
    canary: Latencies
    baseline: Latencies | None
    time: Time

    def broken(self, risk: float) -> Estimate | None:
        """Return the figures until now if they show the criterion broken."""
        whole = self._whole
        if whole is None:
            return None
        if self.bound.criterion.is_relative:
            return self._surely(whole, risk)
        if self._is_lost:
            return _beyond(self.bound, whole)
        found = self._surely(whole, risk) if self._endangered else None
        return found if found and self._is_worse(0) else None

    def broken_since(self, first: int, risk: float) -> Estimate | None:
        """Return the figures from the piece `first` on, if these show the criterion broken.

        And if it would be for the whole stage, were the rest of the stage like them.
        """
        whole = self._whole
        if whole is None or float(whole.test.beyond[first:].mean()) <= 0:
            return None
        part, is_relative = self._compared(first), self.bound.criterion.is_relative
        if part is None or not (is_relative or self._endangered):
            return None
        found = self._surely(part, risk)
        if not found or not self._would_be_broken(whole, found):
            return None
        return found if is_relative or self._is_worse(first) else None

    @property
    def pieces(self) -> int:
        """The number of pieces."""
        return len(self.canary)

    def of_baseline(self, first: int) -> float | None:
        """Return the baseline's own value from the piece `first` on, in base units."""
        if self.baseline is None:
            return None
        baseline = _from(first, self.baseline)
        match self.bound.measure.kind:
            case MeasureKind.ERROR_RATE:
                n = float(baseline.requests.sum())
                return float(baseline.failed.totals.sum()) / n if n else None
            case MeasureKind.MEAN:
                return observed_mean_s(baseline)
            case _:
                return observed_quantile_s(baseline, self.bound.quantile)

    @cached_property
    def _whole(self) -> Comparison | None:
        return self._compared(0)

    def _compared(self, first: int) -> Comparison | None:
        if self.bound.criterion.is_relative:
            return self.bound.change([Pair(self.canary, self.baseline)], first) if self.baseline else None
        return self.bound.against_limit(_from(first, self.canary))

    @cached_property
    def _endangered(self) -> bool:
        """Whether the slow or failed requests until now endanger an absolute promise."""
        test = self._whole.test if self._whole else None
        if not isinstance(test, ShareTest):
            return True
        horizon_s = self.time.stage_s if self.baseline is None else min(self.time.stage_s, HORIZON_S)
        return float(test.share.hits.sum()) >= MUCH * self._granted(test, horizon_s)

    def _is_worse(self, first: int) -> bool:
        """Whether the canary is worse than the baseline beside it, if there is one."""
        if self.baseline is None:
            return True
        worse = self.bound.excess([Pair(_from(first, self.canary), _from(first, self.baseline))])
        return worse is None or is_surely(worse, WORSE, Care.END, above=True)

    def _surely(self, compared: Comparison, risk: float) -> Estimate | None:
        if not is_surely(compared.test, risk, Care.LOOK, above=True):
            return None
        pieces = min(self.time.pieces_in(2 * self.time.disturbance_s), len(compared.test) // 2)
        if not lasts(compared.test, pieces, above=True):
            return None
        return compared.within(Risks(risk, WRONG_PASS))

    def _would_be_broken(self, whole: Comparison, part: Estimate) -> bool:
        over_all = whole.within(Risks(WRONG_PASS, WRONG_PASS)).observed
        if over_all is None or part.observed is None:
            return False
        at_the_end = self.time.at_the_end(over_all, part.observed)
        return self.bound.criterion.op.opposite.holds(at_the_end, self.bound.limit)

    @property
    def _is_lost(self) -> bool:
        """Whether nothing later can make up for what happened, even without its worst stretch.

        That is no test: the stage's own figure is beyond the limit. The baseline must have been far better.
        """
        test = self._whole.test if self._whole else None
        if not isinstance(test, ShareTest):
            return False
        count = self.time.pieces_in(self.time.disturbance_s)
        first = _worst_stretch(test.share.hits, count)
        hits = float(test.without(first, count).share.hits.sum())
        if hits < TOO_MUCH * self._granted(test, self.time.stage_s):
            return False
        beside = self.bound.against_limit(self.baseline) if self.baseline else None
        if beside is None or not isinstance(beside.test, ShareTest):
            return True
        others = beside.test.without(first, count).share
        return float(others.hits.sum()) * test.share.n < hits / 2 * beside.test.share.n

    def _granted(self, test: ShareTest, duration_s: float) -> float:
        """Return how many slow or failed requests the promise grants to so much of the stage."""
        return test.limit * test.share.n / self.time.measured_s * duration_s


def _from(first: int, variant: Latencies) -> Latencies:
    return variant.part(first, len(variant)) if first else variant


def _worst_stretch(hits: Floats, count: int) -> int:
    """Find the first of `count` blocks on end that have the most hits."""
    sums = np.convolve(hits, np.ones(min(count, len(hits))), mode="valid")
    return int(sums.argmax())


def _beyond(bound: BoundCriterion, compared: Comparison) -> Estimate:
    """Estimate a number whose figure of the whole stage is beyond the limit, whatever comes."""
    estimate = compared.within(Risks(WRONG_PASS, WRONG_PASS))
    return replace(estimate, lower=max(estimate.lower, math.nextafter(bound.limit, math.inf)))
