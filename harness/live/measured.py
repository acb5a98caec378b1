"""The requests of one variant after the warm-up, and their statistics by the judge's own rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.judge.latency import Latencies, mean_sample, quantile_sample
from harness.judge.position import value_at_level_us
from harness.judge.table import BlockTable
from harness.plan.measure import Clock
from harness.record.histogram import Histogram


@dataclass(frozen=True, eq=False)
class Measured:
    """Successful requests by response and service time, and the response times of failed ones.

    As for the judge, a failure that took longer than a statistic counts in it. Without a successful
    response there is no statistic: None.
    """

    response: Histogram = field(default_factory=Histogram.empty)
    service: Histogram = field(default_factory=Histogram.empty)
    failed: Histogram = field(default_factory=Histogram.empty)
    _known: dict[tuple[float, Clock], float | None] = field(default_factory=dict, repr=False)

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

    def quantile_us(self, q: float, clock: Clock = "response") -> float | None:
        """Return a percentile, q in 0 … 1."""
        # Asked for every second, and the same from one window to the next.
        if (q, clock) not in self._known:
            sample = quantile_sample(self._latencies(clock), q)
            self._known[q, clock] = None if sample is None else value_at_level_us(sample.cumulated, q)
        return self._known[q, clock]

    def mean_us(self, clock: Clock = "response") -> float | None:
        """Return the mean."""
        sample = mean_sample(self._latencies(clock))
        return None if sample is None else float(sample.sums_us.sum()) / sample.n

    def max_us(self, clock: Clock = "response") -> float | None:
        """Return the slowest."""
        every = Histogram.merge((self._of(clock), self.failed))
        return float(every.max_us) if every.total else None

    def _of(self, clock: Clock) -> Histogram:
        return self.service if clock == "service" else self.response

    def _latencies(self, clock: Clock) -> Latencies:
        return Latencies(BlockTable.of([self._of(clock)]), BlockTable.of([self.failed]))
