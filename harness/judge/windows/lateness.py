"""Whether the generator was on time: the same question at its end and at any moment of a stage."""

from __future__ import annotations

from collections.abc import Iterable

from harness.judge.stats.table import Pool
from harness.judge.windows.clock import StageClock
from harness.plan.criteria.measure import Clock, Measure, MeasureKind
from harness.plan.settings import GeneratorLimits
from harness.record.evidence import Interval
from harness.record.evidence_source import EvidenceSource
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB

LEVEL = 0.99


def blurs(measure: Measure) -> bool:
    """Whether a late generator makes a number worse by itself: not errors, not service times."""
    return measure.kind is MeasureKind.THROUGHPUT or (measure.is_latency and measure.clock is Clock.RESPONSE)


def is_late(hub: Histogram | None, limits: GeneratorLimits) -> bool:
    """Whether the pacing timer was late in a stretch of time: also where it recorded nothing of itself."""
    return not hub or not hub.total or hub.quantile_us(LEVEL) / 1e6 > limits.lateness_p99_s


def is_busy(cpu: float | None, limits: GeneratorLimits) -> bool:
    """Whether the generator used more of its core than the plan allows, as far as that was recorded."""
    return cpu is not None and cpu > limits.cpu


class Lateness:
    """How late the pacing timer fired on plateaus, and how busy the generator's core was."""

    def __init__(
        self, limits: GeneratorLimits, clock: StageClock, source: EvidenceSource = EvidenceSource.LOAD
    ) -> None:
        self._limits, self._clock, self._source = limits, clock, source
        self._hub = Pool()
        self._cpu = 0.0
        self.cpus = 0
        """How often the use of the core was recorded."""

    def take(self, interval: Interval) -> None:
        """Take the next interval."""
        hub = interval.histograms.get(LATENESS_HUB)
        if hub is not None and self._clock.is_judged(self._clock.number_of(interval)):
            self._hub.add(hub)

    def take_cpus(self, shares: Iterable[float]) -> None:
        """Take the shares of a core that the generator used."""
        for share in shares:
            self._cpu += share
            self.cpus += 1

    @property
    def hub(self) -> Histogram:
        """The lateness of the pacing timer."""
        return self._hub.histogram

    @property
    def mean_cpu(self) -> float | None:
        """The mean share of a core; None when it was not recorded."""
        return self._cpu / self.cpus if self.cpus else None

    @property
    def is_late(self) -> bool:
        """Whether slowness may be the generator's own doing: also where it recorded nothing of itself."""
        if not self._source.sends:
            return False
        return is_late(self.hub, self._limits) or is_busy(self.mean_cpu, self._limits)
