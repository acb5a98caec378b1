"""Where the windows of a run come from."""

from __future__ import annotations

from enum import StrEnum


class EvidenceSource(StrEnum):
    """What produced the windows. Each source has checks of its own that its evidence can be trusted."""

    LOAD = "load"
    """The load generator: it sends the requests that it measures."""
    ACCESS_LOG = "access_log"
    """A router's access log: it has what users got."""
    PAST_LOG = "past_log"
    """An access log of the past, judged after the fact: nothing was decided or changed by the run."""
    METRICS = "metrics"
    """Histograms that the service exposes: they have what users got, each time known to a bucket."""

    @property
    def sends(self) -> bool:
        """Whether it sends the requests itself, so that slowness may be its own doing."""
        return self is EvidenceSource.LOAD
