"""What the series of a histogram have counted since they were read before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from harness.observe.metrics.sample import Bucket, Counts, HistogramSample, Labels

# Exporters work out the start time from clocks that are adjusted; a restart moves it by more.
_SAME_START_S: Final = 2.5


class Increments:
    """Remembers each series' last sample.

    A series that counts less than before began anew, and so did every series of a process that was started
    since: what it counts then was all counted since the restart.
    """

    def __init__(self) -> None:
        self._last: dict[Labels, Counts] = {}
        self._started_s: float | None = None
        self.has_base = False
        """Whether there is something to count from."""
        self.resets = 0
        """Series that began anew, since this was set to 0."""

    @property
    def series(self) -> int:
        """How many series were seen."""
        return len(self._last)

    def base(self, samples: Iterable[HistogramSample], started_s: float | None = None) -> None:
        """Take samples to count from."""
        self._last |= {sample.labels: sample.counts for sample in samples}
        self._started_s, self.has_base = started_s or self._started_s, True

    def take(self, sample: HistogramSample) -> Mapping[Bucket, int]:
        """Return what a series has counted since its last sample; a new one, all that it has."""
        before, counts = self._last.get(sample.labels, {}), sample.counts
        self._last[sample.labels] = counts
        if any(counts.get(bucket, 0.0) < count for bucket, count in before.items()):
            self.resets += 1
            before = {}
        grown = {bucket: round(count - before.get(bucket, 0.0)) for bucket, count in counts.items()}
        return {bucket: count for bucket, count in grown.items() if count > 0}

    def restarted(self, started_s: float | None) -> None:
        """Note when the process of the next samples was started."""
        moved_s = 0.0 if started_s is None or self._started_s is None else started_s - self._started_s
        if abs(moved_s) > _SAME_START_S:
            self.resets += len(self._last)
            self._last = {}
        self._started_s = started_s or self._started_s
