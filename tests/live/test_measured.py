import numpy as np
import pytest

from harness.judge.stats.bounds import Risks
from harness.judge.stats.latency import Latencies, max_estimate, mean_estimate, quantile_estimate
from harness.judge.stats.table import BlockTable
from harness.live.measured import Measured
from harness.record.histograms.histogram import Histogram

DRAWN = np.random.default_rng(3)
BLOCKS = [
    Measured(
        Histogram.of_values(DRAWN.lognormal(10, 0.5, 300))[0],
        Histogram.of_values(DRAWN.lognormal(9, 0.5, 300))[0],
        Histogram.of_values(DRAWN.lognormal(11, 1.0, 20))[0],
    )
    for _ in range(8)
]
ALL = sum(BLOCKS, Measured())
RISKS = Risks(lower=0.01, upper=0.01)


def latencies(clock):
    times = [getattr(block, clock) for block in BLOCKS]
    return Latencies(BlockTable.of(times), BlockTable.of([block.failed for block in BLOCKS]))


@pytest.mark.parametrize("clock", ["response", "service"])
@pytest.mark.parametrize("q", [0.5, 0.95, 0.999])
def test_a_percentile_is_the_judges(q, clock):
    assert ALL.quantile_us(q, clock) == quantile_estimate(latencies(clock), q, RISKS).observed * 1e6


def test_mean_and_maximum_are_the_judges():
    assert ALL.mean_us() == pytest.approx(mean_estimate(latencies("response"), RISKS).observed * 1e6)
    assert ALL.max_us() == pytest.approx(max_estimate(latencies("response")).observed * 1e6)


def test_without_a_response_nothing_is_known():
    nothing = Measured()
    assert nothing.quantile_us(0.5) is nothing.mean_us() is nothing.max_us() is nothing.error_rate is None
