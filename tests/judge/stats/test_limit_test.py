"""Tests of means, and what they are careful about."""

import numpy as np
import pytest
from scipy.signal import lfilter

from harness.judge.stats.limit_test import Care, MeanTest
from harness.judge.stats.noise import Witness

RNG = np.random.default_rng(7)
ALIKE = np.repeat(RNG.standard_normal(12), 2) + RNG.standard_normal(24)
"""Pairs of blocks that are somewhat alike: blocks twice as long show more error."""


def test_a_look_and_a_pass_need_blocks_twice_as_long_to_agree():
    test = MeanTest(0.5, ALIKE - ALIKE.mean())
    alone, look, passing = (test.p_beyond(0.05, care, above=True) for care in Care)
    assert alone < look == passing


def test_blocks_asked_with_and_without_those_before_share_one_risk():
    """Ten blocks that resemble each other, twenty before them: asked twice, they fail no more often."""
    rng, risk, stages = np.random.default_rng(11), 0.01, 400

    def fails() -> bool:
        blocks = lfilter([1.0], [1.0, -0.4], rng.standard_normal(80))[50:]
        before, last = blocks[:20] - blocks[:20].mean(), blocks[20:] - blocks[20:].mean()
        witness = Witness(before, last, before)
        return (
            MeanTest(float(blocks[20:].mean()), last, witness=witness).p_beyond(risk, Care.END, above=True)
            <= risk
        )

    assert sum(fails() for _ in range(stages)) <= 0.03 * stages


def test_a_mean_without_error_is_on_one_side():
    certain = MeanTest(0.1, np.zeros(10))
    assert certain.p_beyond(0.05, Care.END, above=True) == 0
    assert certain.p_beyond(0.05, Care.END, above=False) == 1


def test_leaving_blocks_out_moves_the_mean_as_they_had():
    influence = np.array([4.0, -1.0, -1.0, -1.0, -1.0])
    rest = MeanTest(1.0, influence).without(0, 1)
    assert rest.excess == pytest.approx(0.0)
    assert rest.influence.tolist() == [0.0] * 4
