"""A percentile with its error as a number."""

import math

import numpy as np
import pytest

from harness.judge.across_runs.linearized import linearized_quantile
from tests.judge.stats.test_latency import latencies, lognormal


def test_the_error_of_a_percentile_is_about_its_spread():
    rng = np.random.default_rng(2)
    found = [linearized_quantile(latencies(lognormal(rng, n=300)), 0.95).log_mean for _ in range(200)]
    values = np.array([mean.value for mean in found])
    assert values.mean() == pytest.approx(math.log(0.040) + 0.6 * 1.6449, abs=0.01)
    assert np.mean([mean.se for mean in found]) == pytest.approx(values.std(), rel=0.2)


def test_no_successful_response_has_no_percentile():
    assert linearized_quantile(latencies([[]] * 5, [[1000]] * 5), 0.95) is None
