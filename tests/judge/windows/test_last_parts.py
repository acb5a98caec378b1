"""Last parts of a stage: when they are looked at, and what that may cost."""

import numpy as np
import pytest
from scipy.stats import norm

from harness.judge.windows.boundary import LATENCIES
from harness.judge.windows.budget import LAST_PARTS, WHOLE, Budget
from harness.judge.windows.last_parts import (
    first_of,
    looks_at_last_parts,
    parts_at_the_end,
    parts_while_running,
)


def test_a_short_stage_has_three_last_parts_at_its_end_and_a_long_one_four():
    assert [first_of(30, left_out) for left_out in parts_at_the_end(30)] == [10, 15, 20]
    assert [first_of(90, left_out) for left_out in parts_at_the_end(90)] == [30, 45, 60, 75]


def test_a_part_that_is_looked_at_while_the_stage_runs_has_ten_blocks():
    assert list(parts_while_running(13)) == []
    assert [first_of(20, left_out) for left_out in parts_while_running(20)] == [6, 10]


def test_looks_at_last_parts_are_few_and_most_of_the_risk_is_left_for_the_end():
    looks = looks_at_last_parts(0.001, 1440, 1)
    assert looks.looks[-3:] == (738, 922, 1152)
    assert len(looks.looks) < 25
    assert list(looks.risks) == sorted(looks.risks)
    assert sum(looks.risks) < 0.001


def test_each_end_of_a_stage_that_may_be_extended_has_looks_before_it():
    looks = looks_at_last_parts(0.001, 100, 3).looks
    assert {80, 160, 128, 240}.issubset(looks)
    assert not {100, 200, 300} & set(looks)
    assert looks_at_last_parts(0.001, 0, 3).looks == ()


@pytest.mark.parametrize(("blocks", "criteria"), [(30, 1), (30, 5), (90, 5)])
def test_the_last_parts_add_no_more_than_their_part_of_the_risk(blocks, criteria):
    budget = Budget(0.01, criteria, blocks)
    series, weights = drawn_where_something_happens(blocks)
    sums = np.concatenate([np.zeros((len(series), 1)), series.cumsum(axis=1)], axis=1)
    each = 0.01 / criteria
    looks = budget.looks(LATENCIES)
    whole = beyond(sums, [(0, look, looks.at(look)) for look in looks.looks])
    at_the_end = [(first_of(blocks, part), blocks, budget.last_part) for part in parts_at_the_end(blocks)]
    before = budget.looks_at_last_parts
    earlier = [
        (first_of(look, part), look, risk)
        for look, risk in zip(before.looks, before.risks, strict=True)
        for part in parts_while_running(look)
    ]
    assert (weights @ whole) / len(weights) == pytest.approx(each * WHOLE, rel=0.05)
    either = whole | beyond(sums, [*at_the_end, *earlier])
    assert (weights @ either) / len(weights) <= each * (WHOLE + LAST_PARTS)


def beyond(sums, tests):
    """Which series are beyond the boundary of any test: a stretch of blocks and the p value it needs."""
    found = np.zeros(len(sums), dtype=bool)
    for first, end, risk in tests:
        found |= (sums[:, end] - sums[:, first]) / np.sqrt(end - first) > norm.isf(risk)
    return found


def drawn_where_something_happens(blocks, stages=100_000):
    """Independent blocks, more of them far out than usual; each stage has the weight it deserves."""
    rng = np.random.default_rng(3)
    levels = [level * np.sqrt(30 / blocks) for level in (0.0, 0.25, 0.45, 0.6)]
    starts = [0, *(first_of(blocks, part) for part in parts_at_the_end(blocks))]
    level, start = rng.choice(levels, (stages, 1)), rng.choice(starts, (stages, 1))
    series = rng.standard_normal((stages, blocks)) + level * (np.arange(blocks) >= start)
    chances = [
        np.exp(level * series[:, start:].sum(axis=1) - (blocks - start) * level**2 / 2)
        for level in levels
        for start in starts
    ]
    return series, 1 / np.mean(chances, axis=0)
