"""Stages drawn for the judge's own tests."""

import numpy as np
import pytest

from harness.judge.planning.draws import (
    MAX_BLOCKS,
    STAGES,
    BlockDesign,
    QuantileChange,
    drawn_tests,
    failures,
    passes,
    reach,
    share_of,
)
from harness.judge.planning.noise import RatioNoise

LARGE = BlockDesign(28, 30.0, 340 * 30.0, 6460 * 30.0)
ONE_POD = RatioNoise(0.013**2 * 900)
ALPHA_END = 0.0014


# Shares that an independent program drew for the same stages.
@pytest.mark.parametrize(("real", "fails"), [(0.15, 0.43), (0.20, 0.94), (0.25, 0.99)])
def test_a_slower_canary_fails_as_often_as_in_an_independent_simulation(real, fails):
    change = QuantileChange(0.95, 0.10, real)
    assert share_of(failures(LARGE, change, ONE_POD, ALPHA_END, 60.0)) == pytest.approx(fails, abs=0.07)


@pytest.mark.parametrize(
    ("blocks", "share"),
    [
        (BlockDesign(14, 60.0, 90.0, 810.0), 0.57),
        (BlockDesign(28, 30.0, 90.0, 810.0), 0.79),
        (BlockDesign(28, 30.0, 300.0, 2700.0), 0.97),
    ],
)
def test_an_unchanged_canary_of_a_small_service_passes_as_often_as_in_an_independent_simulation(
    blocks, share
):
    assert share_of(passes(blocks, QuantileChange(0.95, 0.10), ONE_POD)) == pytest.approx(share, abs=0.07)


def test_a_canary_exactly_at_the_limit_hardly_ever_passes_or_fails():
    change = QuantileChange(0.95, 0.10, 0.10)
    assert share_of(passes(LARGE, change, ONE_POD)) <= 0.08
    assert share_of(failures(LARGE, change, ONE_POD, ALPHA_END, 60.0)) <= 0.01


def test_a_disturbance_as_long_as_the_stage_lets_nothing_fail():
    change = QuantileChange(0.95, 0.10, 1.0)
    assert share_of(failures(LARGE, change, ONE_POD, ALPHA_END, 60.0)) > 0.95
    assert share_of(failures(LARGE, change, ONE_POD, ALPHA_END, 840.0)) == 0


def test_the_same_question_has_the_same_answer():
    first, second = (
        [test.value for test in drawn_tests(LARGE, QuantileChange(0.95, 0.1), ONE_POD)] for _ in range(2)
    )
    assert first == second
    assert len(first) == STAGES


def test_a_long_stage_is_drawn_in_fewer_blocks_with_the_same_scatter():
    long, change, noise = BlockDesign(960, 30.0, 9e3, 9e3), QuantileChange(0.95, 0.1), RatioNoise(0.5)
    assert long.drawn.count <= MAX_BLOCKS
    assert long.drawn.count * long.drawn.block_s == 960 * 30
    values = [test.value for test in drawn_tests(long, change, noise)]
    short = [test.value for test in drawn_tests(BlockDesign(96, 30.0, 9e3, 9e3), change, noise)]
    assert np.std(values) == pytest.approx(np.std(short) / 10**0.5, rel=0.25)


def test_no_more_stages_are_looked_at_than_a_share_takes():
    seen = []

    def outcomes():
        for number in range(STAGES):
            seen.append(number)
            yield False

    assert not reach(0.95, outcomes())
    assert len(seen) == STAGES // 20 + 1
    assert reach(0.95, iter([True] * STAGES))
    assert not reach(0.95, iter([]))
