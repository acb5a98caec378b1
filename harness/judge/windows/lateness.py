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
from harness.record.probes import GeneratorProbe

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


class RunningMean:
    """The mean of the figures that were recorded; None when there were none."""

    def __init__(self) -> None:
        self._sum = 0.0
        self.number = 0

    def add(self, figure: float | None) -> None:
        """Take the next figure; one that is unknown does not count."""
        if figure is not None:
            self._sum += figure
            self.number += 1

    @property
    def value(self) -> float | None:
        """Return the mean so far."""
        return self._sum / self.number if self.number else None


class Lateness:
    """How late the pacing timer fired on plateaus, and what the generator had of its core."""

    def __init__(
        self, limits: GeneratorLimits, clock: StageClock, source: EvidenceSource = EvidenceSource.LOAD
    ) -> None:
        self._limits, self._clock, self._source = limits, clock, source
        self._hub = Pool()
        self.cpu = RunningMean()
        """The share of a core that it used."""
        self.waited = RunningMean()
        """The share of the time that it was ready to run without a core."""
        self.stolen = RunningMean()
        """How many cores the host of the machine took away from it."""

    def take(self, interval: Interval) -> None:
        """Take the next interval."""
        hub = interval.histograms.get(LATENESS_HUB)
        if hub is not None and self._clock.is_judged(self._clock.number_of(interval)):
            self._hub.add(hub)

    def take_usage(self, probes: Iterable[GeneratorProbe]) -> None:
        """Take what the generator recorded of its core."""
        for probe in probes:
            self.cpu.add(probe.cpu)
            self.waited.add(probe.waited)
            self.stolen.add(probe.stolen)

    @property
    def hub(self) -> Histogram:
        """The lateness of the pacing timer."""
        return self._hub.histogram

    @property
    def is_late(self) -> bool:
        """Whether slowness may be the generator's own doing: also where it recorded nothing of itself."""
        if not self._source.sends:
            return False
        return is_late(self.hub, self._limits) or is_busy(self.cpu.value, self._limits)
