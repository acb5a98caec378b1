"""The running stage in a few numbers, for people who watch."""

from __future__ import annotations

from dataclasses import dataclass

from harness.plan.variant import Variant
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_SENT, Kind
from harness.record.histograms.window import Account, ClosedWindow


@dataclass(frozen=True)
class Vital:
    """A variant so far: finished arrivals, failed ones, and its P95 response time (None: no data yet)."""

    ended: int
    failed: int
    p95_us: float | None


class Pulse:
    """Folds the closed windows of one stage into percentiles so far and the rate of the latest window."""

    def __init__(self) -> None:
        self._response = {variant: Histogram.empty() for variant in Variant}
        self._lateness = Histogram.empty()
        self.offered_per_s = 0.0
        self.achieved_per_s = 0.0

    def __call__(self, window: ClosedWindow) -> None:
        """Take a closed window."""
        for variant in Variant:
            mine = [h for tag, h in window.histograms.items() if tag[:2] == (variant, Kind.RESPONSE)]
            self._response[variant] = Histogram.merge([self._response[variant], *mine])
        self._lateness = Histogram.merge([self._lateness, window.histograms[LATENESS_SENT]])
        accounts = window.accounts.values()
        self.offered_per_s = sum(account.due for account in accounts) / window.length_s
        self.achieved_per_s = sum(account.completed for account in accounts) / window.length_s

    @property
    def lateness_p99_us(self) -> float | None:
        """P99 of due to sent, so far."""
        return self._lateness.quantile_us(0.99) if self._lateness.total else None

    def vital(self, variant: Variant, account: Account) -> Vital:
        """Return one variant's numbers so far."""
        response = self._response[variant]
        p95_us = response.quantile_us(0.95) if response.total else None
        return Vital(account.completed + account.failed, account.failed, p95_us)
