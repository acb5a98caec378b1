"""From a criterion to its comparison."""

import numpy as np

from harness.judge.bound_criterion import BoundCriterion
from harness.judge.stats.bounds import Risks
from harness.judge.stats.latency import Pair
from harness.judge.stats.limit_test import Care
from harness.plan.criteria.criterion import parse_criterion
from tests.judge.stats.test_latency import latencies, lognormal

SOME = latencies(lognormal(np.random.default_rng(1)))
SLOWER = latencies(lognormal(np.random.default_rng(2), median_us=60_000.0))
NOTHING = latencies([[]] * 30)
TEXTS = ("p95 < 100ms", "mean < 50ms", "error rate < 1%")


def bound(text):
    return BoundCriterion(parse_criterion(text))


def test_a_variant_without_a_successful_response_has_no_comparison():
    assert bound("p95 < baseline + 10%").change([Pair(SOME, NOTHING)]) is None
    assert bound("mean < baseline + 10%").change([Pair(NOTHING, SOME)]) is None
    assert all(bound(text).against_limit(NOTHING) is None for text in TEXTS)


def test_a_slower_variant_is_worse_than_the_other_whatever_the_limit():
    for text in TEXTS[:2]:
        assert bound(text).excess([Pair(SLOWER, SOME)]).p_beyond(0.01, Care.END, above=True) < 0.01
        assert bound(text).excess([Pair(SOME, SLOWER)]).p_beyond(0.01, Care.END, above=True) > 0.9


def test_a_different_mix_alone_is_no_difference():
    heavy_first, light_first = (SLOWER, latencies(lognormal(np.random.default_rng(3), median_us=60_000.0)))
    few = latencies(lognormal(np.random.default_rng(4), n=40))
    pairs = [Pair(heavy_first, light_first), Pair(few, SOME)]
    for text in ("p95 < baseline + 10%", "mean < baseline + 10%"):
        change = bound(text).change(pairs)
        assert abs(change.within(Risks(0.01, 0.05)).observed) < 0.1
