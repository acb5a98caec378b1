"""Tests of shares, against values of an independent implementation."""

import numpy as np
import pytest

from harness.judge.stats.limit_test import Care
from harness.judge.stats.shares import Share, ShareDifference, ShareTest, Stratum

SIZES = np.full(28, 10_200.0)


def hits(**at):
    values = np.zeros(28)
    for place, number in at.items():
        values[int(place[1:])] = number
    return values


# What happened, p of "above 0.1 %" at a risk of 0.14 %, p of "below 0.1 %".
AGAINST_LIMIT = [
    (np.full(28, 10.0), 0.637784290419827, 0.38477834973417235),
    (np.zeros(28), 1.0, 0.0),
    (hits(b5=257), 0.9832845195673321, 0.8790719940848997),
    (hits(b5=17), 0.9919967653316161, 0.07250702681492638),
    (hits(b5=128, b20=128), 0.6948750378176339, 0.6552306268811819),
    (hits(b6=100, b7=100, b8=100), 0.8054951154673522, 0.8511358977268331),
    (np.full(28, 13.0), 4.6551823242461645e-06, 0.999996391049888),
]


@pytest.mark.parametrize(("failed", "above", "below"), AGAINST_LIMIT)
def test_a_share_is_held_against_a_limit_by_its_effective_counts(failed, above, below):
    test = ShareTest(Share(failed, SIZES), 0.001)
    assert test.p_beyond(0.0014, Care.END, above=True) == pytest.approx(above, rel=1e-9)
    assert test.p_beyond(0.05, Care.PASS, above=False) == pytest.approx(below, rel=1e-9, abs=1e-12)


def difference(canary, baseline, sizes=(400.0, 4000.0)):
    new, old = (np.full(len(canary), n) for n in sizes)
    return ShareDifference([Stratum(Share(np.asarray(canary), new), Share(np.asarray(baseline), old))])


def steady(failed, requests):
    return Share(np.full(20, float(failed)), np.full(20, float(requests)))


def p_above(test):
    return test.p_beyond(0.01, Care.END, above=True)


def test_a_difference_is_as_sure_as_its_blocks_or_its_counts_whichever_is_less():
    rng = np.random.default_rng(1)
    old = rng.binomial(4000, 0.05, 20).astype(float)
    more = rng.binomial(400, 0.10, 20).astype(float)
    assert p_above(difference(more, old)) < 1e-4
    assert p_above(difference(old / 10, old)) > 0.3
    few = difference(np.eye(20)[3] * 3.0, np.zeros(20))
    assert few.value > 0
    assert p_above(few) > 0.05


def test_a_different_mix_of_equal_endpoints_is_no_difference():
    light = Stratum(steady(1, 100), steady(10, 1000))
    heavy = Stratum(steady(20, 40), steady(50, 100))
    assert ShareDifference([light, heavy]).value == pytest.approx(0)


def test_without_a_stretch_a_burst_is_gone():
    old, burst = np.full(20, 200.0), np.full(20, 20.0)
    burst[7:9] = 300.0
    test = difference(burst, old)
    assert test.value > 0.02
    rest = test.without(7, 2)
    assert (len(rest), rest.value) == (18, pytest.approx(0))
    assert len(ShareTest(Share(burst, np.full(20, 400.0)), 0.05).without(7, 2)) == 18


def test_the_worse_the_canary_the_smaller_the_probability():
    rng = np.random.default_rng(2)
    old, new = rng.binomial(4000, 0.05, 20).astype(float), rng.binomial(400, 0.05, 20).astype(float)
    ps = [p_above(difference(new + more, old)) for more in (0, 2, 5, 10)]
    assert ps == sorted(ps, reverse=True)
