"""What was observed of one variant in a stretch of time, without bounds: for live views and plots.

The same values as the judge's own, from histograms instead of blocks.
"""

from __future__ import annotations

from harness.record.histograms.histogram import Histogram


def percentile_us(successful: Histogram, failed: Histogram, q: float) -> int | None:
    """Return a percentile, q in 0 … 1; failures slower than it count. None without a successful response."""
    if not successful.total:
        return None
    return _with_slower(successful, failed, successful.quantile_us(q)).quantile_us(q)


def mean_us(successful: Histogram, failed: Histogram) -> float | None:
    """Return the mean; failures slower than it count. None without a successful response."""
    if not successful.total:
        return None
    return _with_slower(successful, failed, successful.mean_us).mean_us


def max_us(successful: Histogram, failed: Histogram) -> int | None:
    """Return the slowest response of any kind; None without one."""
    every = Histogram.merge((successful, failed))
    return every.max_us if every.total else None


def _with_slower(successful: Histogram, failed: Histogram, than_us: float) -> Histogram:
    return Histogram.merge((successful, failed.above(than_us))) if failed.total else successful
