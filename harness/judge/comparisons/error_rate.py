"""Error rates against a limit, by effective counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from harness.judge.stats.bounds import Risks
from harness.judge.stats.estimate import Estimate
from harness.judge.stats.latency import Latencies, Pair
from harness.judge.stats.limit_test import Care
from harness.judge.stats.noise import Floats
from harness.judge.stats.shares import Share, ShareDifference, ShareTest, Stratum, share_at
from harness.judge.stats.special import betaincinv


@dataclass(frozen=True, eq=False)
class ErrorRateAgainstLimit:
    """The share of failed requests against a limit."""

    share: Share
    limit: float
    of_stage: bool = False
    """Whether the limit is one for this very time, so that it does not matter how blocks scatter."""

    @cached_property
    def test(self) -> ShareTest:
        """The share against the limit."""
        return ShareTest(self._deciding, self.limit)

    @property
    def _deciding(self) -> Share:
        return self.share.as_one if self.of_stage else self.share

    def within(self, risks: Risks) -> Estimate:
        """Return the error rate with the bounds of Clopper & Pearson 1934 on the effective requests."""
        care_low, care_high = (Care.END, Care.PASS) if risks.below_passes else (Care.PASS, Care.END)
        low, low_n = share_at(self._deciding, risks.lower, care_low)
        high, high_n = share_at(self._deciding, risks.upper, care_high)
        lower = betaincinv(low, low_n - low + 1, risks.lower) if low > 0 else 0.0
        all_failed = self.share.value >= 1
        upper = 1.0 if all_failed else betaincinv(high + 1, max(high_n - high, 1e-9), 1 - risks.upper)
        return Estimate(self.share.value, lower, upper, int(self.share.n), len(self.share.hits))


def error_difference(pairs: Sequence[Pair]) -> ShareDifference | None:
    """Return the difference of the error rates at the common mix of endpoints; None without a request."""
    strata = [Stratum(_failures(pair.canary), _failures(pair.baseline)) for pair in pairs]
    both = [each for each in strata if each.canary.n and each.baseline.n]
    return ShareDifference(both) if both else None


def _failures(variant: Latencies) -> Share:
    return Share(*(each.astype(np.float64) for each in (variant.failed.totals, variant.requests)))


def error_rate_estimate(failed: Floats, requests: Floats, risks: Risks) -> Estimate:
    """Estimate the share of failed requests, by their numbers in each block, (K,)."""
    if not requests.sum():
        return Estimate.unknown(blocks=len(requests))
    return ErrorRateAgainstLimit(Share(failed, requests), 0.0).within(risks)
