"""Requests by how long they took, as a window records them, and histograms as plain counts."""

import numpy as np

from harness.record.histograms.clocks import UNKNOWN_S, Timings
from harness.record.histograms.grid import COUNTS


def took(response_s, service_s=None, ttfb_s=UNKNOWN_S):
    """The moments of a request that was due at 0."""
    sent_s = 0.0 if service_s is None else response_s - service_s
    return Timings(0.0, sent_s, sent_s + ttfb_s, response_s)


def dense(histogram):
    """One count per bucket of the grid."""
    counts = np.zeros(COUNTS, dtype=np.int64)
    histogram.add_to(counts)
    return counts
