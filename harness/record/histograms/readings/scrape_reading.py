"""What reading a service's metrics came to in one window."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class ScrapeReading:
    """Counts of pages, and of what is missing from them."""

    asked: int = 0
    """Pages that were asked for; of a Prometheus server, answers."""
    missed: int = 0
    """Pages that did not come."""
    resets: int = 0
    """Series that began anew: what they counted between the last page and the restart is unknown."""
    series: int = 0
    """Series of the histogram, on all pages."""
    unlabelled: int = 0
    """Series without a label that tells which requests failed."""
