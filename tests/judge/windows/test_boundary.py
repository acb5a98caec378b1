"""The p values that decide at looks and at ends."""

import numpy as np
import pytest
from scipy.stats import norm

from harness.judge.windows.boundary import LATENCIES, boundary
from harness.judge.windows.budget import EACH_LAST_PART, LAST_PARTS, WHOLE, Budget


def test_a_later_look_decides_by_a_larger_p_value_and_the_end_by_the_largest():
    risks = [boundary(0.005, 30, 1, LATENCIES).at(blocks) for blocks in range(31)]
    assert risks[:10] == [0.0] * 10
    # The first look has the risk of all blocks before it.
    assert risks[11:] == sorted(risks[11:])
    assert 0.4 * 0.005 < risks[-1] < 0.005


def test_a_stage_too_short_for_looks_keeps_its_risk_for_the_end():
    assert boundary(0.005, 8, 1, LATENCIES).at(8) == pytest.approx(0.005)


def test_each_end_of_a_stage_that_may_be_extended_has_its_share():
    extended = boundary(0.006, 30, 3, LATENCIES)
    alone = boundary(0.002, 30, 1, LATENCIES)
    assert extended.at(30) == pytest.approx(alone.at(30), rel=1e-6)
    assert extended.at(60) > extended.at(59)
    assert extended.at(31) < extended.at(30)


def test_the_first_looks_of_each_day_of_an_extended_stage_have_next_to_no_risk():
    days = boundary(0.006, 2880, 3, LATENCIES)
    assert 0 < days.at(10) < 1e-15
    assert 0 < days.at(2950) < days.at(2880) / 10
    assert 0.0005 < days.at(2880) < days.at(3 * 2880) < 0.006


def test_the_last_parts_add_no_more_than_their_part_of_the_risk():
    blocks, budget = 30, Budget(0.01, criteria=5, blocks=30)
    series, weights = drawn_where_something_happens(blocks)
    looks = np.arange(10, blocks + 1)
    z = series.cumsum(axis=1)[:, 9:] / np.sqrt(looks)
    whole = (z > norm.isf([budget.looks(LATENCIES).at(int(look)) for look in looks])).any(axis=1)
    parts = np.stack([series[:, first:].sum(axis=1) / np.sqrt(blocks - first) for first in STARTS[1:]])
    beyond = whole | (parts > norm.isf(budget.last_part)).any(axis=0)
    each = 0.01 / 5
    assert (weights @ whole) / len(weights) == pytest.approx(each * WHOLE, rel=0.03)
    assert (weights @ beyond) / len(weights) <= each * (WHOLE + LAST_PARTS)
    assert budget.last_part == pytest.approx(each * EACH_LAST_PART)


STARTS, LEVELS = (0, 10, 15, 20), (0.0, 0.25, 0.45, 0.6)


def drawn_where_something_happens(blocks, stages=200_000):
    """Independent blocks, more of them far out than usual; each stage has the weight it deserves."""
    rng = np.random.default_rng(3)
    level, start = rng.choice(LEVELS, (stages, 1)), rng.choice(STARTS, (stages, 1))
    series = rng.standard_normal((stages, blocks)) + level * (np.arange(blocks) >= start)
    chances = [
        np.exp(level * series[:, start:].sum(axis=1) - (blocks - start) * level**2 / 2)
        for level in LEVELS
        for start in STARTS
    ]
    return series, 1 / np.mean(chances, axis=0)
