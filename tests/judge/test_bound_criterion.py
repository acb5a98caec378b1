"""From a criterion to its comparison."""

import numpy as np

from harness.judge.bound_criterion import BoundCriterion
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
    assert bound("p95 < baseline + 10%").change(SOME, NOTHING) is None
    assert bound("mean < baseline + 10%").change(NOTHING, SOME) is None
    assert all(bound(text).against_limit(NOTHING) is None for text in TEXTS)


def test_a_slower_variant_is_worse_than_the_other_by_the_same_limit():
    for text in TEXTS[:2]:
        slow, fast = (bound(text).against_limit(each) for each in (SLOWER, SOME))
        assert slow.worse_than(fast).p_beyond(0.01, Care.END, above=True) < 0.01
        assert fast.worse_than(slow).p_beyond(0.01, Care.END, above=True) > 0.9
