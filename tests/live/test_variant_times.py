import numpy as np
import pytest

from harness.judge.comparisons.quantile import quantile_estimate
from harness.judge.stats.bounds import Risks
from harness.judge.stats.latency import Latencies, max_estimate, observed_mean_s
from harness.judge.stats.table import BlockTable
from harness.live.variant_times import VariantTimes
from harness.plan.criteria.measure import Clock
from harness.record.histograms.histogram import Histogram

DRAWN = np.random.default_rng(3)
BLOCKS = [
    VariantTimes(
        {
            clock: Histogram.of_values(DRAWN.lognormal(10 - number, 0.5, 300))[0]
            for number, clock in enumerate(Clock)
        },
        Histogram.of_values(DRAWN.lognormal(11, 1.0, 20))[0],
    )
    for _ in range(8)
]
ALL = sum(BLOCKS, VariantTimes())
RISKS = Risks(lower=0.01, upper=0.01)


def latencies(clock):
    times = [block.times[clock] for block in BLOCKS]
    return Latencies(BlockTable.of(times), BlockTable.of([block.failed for block in BLOCKS]))


@pytest.mark.parametrize("clock", list(Clock))
@pytest.mark.parametrize("q", [0.5, 0.95, 0.999])
def test_a_percentile_is_the_same_as_the_judges(q, clock):
    assert ALL.quantile_us(q, clock) == quantile_estimate(latencies(clock), q, RISKS).observed * 1e6


def test_mean_and_maximum_are_the_same_as_the_judges():
    assert ALL.mean_us() == pytest.approx(observed_mean_s(latencies(Clock.RESPONSE)) * 1e6)
    assert ALL.max_us() == pytest.approx(max_estimate(latencies(Clock.RESPONSE)).observed * 1e6)


def test_without_a_response_every_statistic_is_none():
    nothing = VariantTimes()
    assert nothing.quantile_us(0.5) is nothing.mean_us() is nothing.max_us() is nothing.error_rate is None


def test_a_clock_that_was_not_read_for_every_response_gives_no_statistic():
    half = VariantTimes({**BLOCKS[0].times, Clock.TTFB: BLOCKS[0].failed}, BLOCKS[0].failed)
    assert half.quantile_us(0.5, Clock.TTFB) is half.mean_us(Clock.TTFB) is half.max_us(Clock.TTFB) is None
