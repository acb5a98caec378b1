"""What recording costs per request; figures for docs/performance.md, asserted nowhere."""

import random

import pytest

from harness.record.histograms.clocks import Timings
from harness.record.histograms.window import LiveWindow

REQUESTS = 10_000


@pytest.fixture
def values():
    rng = random.Random(1)
    return [rng.lognormvariate(-3.9, 0.5) for _ in range(REQUESTS)]


def test_recording_ten_thousand_requests_and_closing_their_window(benchmark, values):
    def record():
        window = LiveWindow(0.0, 1.0)
        for value in values:
            window.record(1, "GET /api/tasks", True, Timings(0.0, 0.0, value, value))
        return window.close()

    closed = benchmark(record)
    benchmark.extra_info["us_per_request"] = (
        benchmark.stats["median"] / REQUESTS * 1e6 if benchmark.stats else None
    )
    assert sum(histogram.total for histogram in closed.histograms.values()) == 3 * REQUESTS
