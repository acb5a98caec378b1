"""Some requests of one variant, and their statistics by the judge's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.judge.windows.block import ByKind
from harness.plan.criteria.measure import Clock
from harness.record.histograms.clocks import CLOCKS
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.observed import max_us, mean_us, percentile_us
from harness.record.histograms.tag import Kind


@dataclass(frozen=True, eq=False)
class VariantTimes:
    """Successful requests by each clock, and the response times of failed ones.

    As for the judge, a failure that took longer than a statistic counts in it. A statistic is None without a
    successful response, and by a clock that was not read for every one of them.
    """

    times: Mapping[Clock, Histogram] = field(default_factory=lambda: dict.fromkeys(Clock, Histogram.empty()))
    failed: Histogram = field(default_factory=Histogram.empty)
    _known: dict[tuple[float, Clock], int | None] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, kinds: ByKind) -> VariantTimes:
        """Build it from the histograms of one variant."""
        return cls({clock: kinds[span.kind] for clock, span in CLOCKS.items()}, kinds[Kind.FAILED])

    def __add__(self, other: VariantTimes) -> VariantTimes:
        """Return the requests of both."""
        return VariantTimes(
            {clock: Histogram.merge((mine, other.times[clock])) for clock, mine in self.times.items()},
            Histogram.merge((self.failed, other.failed)),
        )

    @property
    def response(self) -> Histogram:
        """The response times of successful requests."""
        return self.times[Clock.RESPONSE]

    @property
    def error_rate(self) -> float | None:
        """The share of failed requests; None without a request."""
        n = self.response.total + self.failed.total
        return self.failed.total / n if n else None

    def quantile_us(self, q: float, clock: Clock = Clock.RESPONSE) -> int | None:
        """Return a percentile, q in 0 … 1."""
        # Needed every second, and unchanged from one window to the next.
        if (q, clock) not in self._known:
            self._known[q, clock] = self._percentile_us(q, clock)
        return self._known[q, clock]

    def mean_us(self, clock: Clock = Clock.RESPONSE) -> float | None:
        """Return the mean."""
        times = self.times_of(clock)
        return mean_us(times, self.failed) if times is not None else None

    def max_us(self, clock: Clock = Clock.RESPONSE) -> int | None:
        """Return the slowest."""
        times = self.times_of(clock)
        return max_us(times, self.failed) if times is not None else None

    def times_of(self, clock: Clock) -> Histogram | None:
        """Return the times by a clock; None when it was not read for every successful response."""
        times = self.times[clock]
        return times if times.total == self.response.total else None

    def _percentile_us(self, q: float, clock: Clock) -> int | None:
        times = self.times_of(clock)
        return percentile_us(times, self.failed, q) if times is not None else None
