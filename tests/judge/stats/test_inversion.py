"""From tests to bounds."""

import math

import numpy as np
import pytest

from harness.judge.stats.bounds import Risks
from harness.judge.stats.inversion import Places, bounds_of, value_beside
from harness.judge.stats.limit_test import MeanTest
from harness.plan.criteria.compare import Op

INFLUENCE = np.random.default_rng(1).standard_normal(20)


def bounds(observed, limit):
    return bounds_of(
        lambda place: MeanTest(observed - place, INFLUENCE),
        Places(limit, observed, (-100.0, 100.0), 1e-6),
        Risks(0.01, 0.05),
    )


@pytest.mark.parametrize("limit", [-50.0, 2.9, 3.0, 3.1, 4.2, 60.0])
def test_bounds_do_not_depend_on_the_limit_from_which_they_are_sought(limit):
    assert bounds(3.0, limit) == pytest.approx(bounds(3.0, 3.0), abs=1e-5)


def test_where_nothing_is_sure_there_is_no_bound():
    places = Places(0.0, 0.0, (-1.0, 1.0), 1e-3)
    nothing = bounds_of(lambda _: MeanTest(0.0, np.zeros(1)), places, Risks(0.1, 0.1))
    assert nothing == (-math.inf, math.inf)


@pytest.mark.parametrize("op", list(Op))
def test_a_value_shows_on_the_side_of_the_limit_where_its_place_is(op):
    good, bad = (4.0, 6.0) if op.bounds_above else (6.0, 4.0)
    assert op.holds(value_beside(7.0, good, 5.0, 7.0, op), 7.0)
    assert op.beyond.holds(value_beside(7.0, bad, 5.0, 7.0, op), 7.0)
