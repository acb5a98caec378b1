"""The requests of one variant after the warm-up, and their statistics by the judge's own rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.judge.stats.observed import max_us, mean_us, percentile_us
from harness.plan.criteria.measure import ClockName
from harness.record.histograms.histogram import Histogram


@dataclass(frozen=True, eq=False)
class Measured:
    """Successful requests by response and service time, and the response times of failed ones.

    As for the judge, a failure that took longer than a statistic counts in it. Without a successful
    response there is no statistic: None.
    """

    response: Histogram = field(default_factory=Histogram.empty)
    service: Histogram = field(default_factory=Histogram.empty)
    failed: Histogram = field(default_factory=Histogram.empty)
    _known: dict[tuple[float, ClockName], int | None] = field(default_factory=dict, repr=False)

    def __add__(self, other: Measured) -> Measured:
        """Add the requests of both up."""
        return Measured(
            Histogram.merge((self.response, other.response)),
            Histogram.merge((self.service, other.service)),
            Histogram.merge((self.failed, other.failed)),
        )

    @property
    def error_rate(self) -> float | None:
        """The share of failed requests; None without a request."""
        n = self.response.total + self.failed.total
        return self.failed.total / n if n else None

    def quantile_us(self, q: float, clock: ClockName = "response") -> int | None:
        """Return a percentile, q in 0 … 1."""
        # Asked for every second, and the same from one window to the next.
        if (q, clock) not in self._known:
            self._known[q, clock] = percentile_us(self._of(clock), self.failed, q)
        return self._known[q, clock]

    def mean_us(self, clock: ClockName = "response") -> float | None:
        """Return the mean."""
        return mean_us(self._of(clock), self.failed)

    def max_us(self, clock: ClockName = "response") -> int | None:
        """Return the slowest."""
        return max_us(self._of(clock), self.failed)

    def _of(self, clock: ClockName) -> Histogram:
        return self.service if clock == "service" else self.response
