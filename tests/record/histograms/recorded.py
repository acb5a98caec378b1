"""Requests by how long they took, as a window records them."""

from harness.record.histograms.clocks import UNKNOWN_S, Timings


def took(response_s, service_s=None, ttfb_s=UNKNOWN_S):
    """The moments of a request that was due at 0."""
    sent_s = 0.0 if service_s is None else response_s - service_s
    return Timings(0.0, sent_s, sent_s + ttfb_s, response_s)
