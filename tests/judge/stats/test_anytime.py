"""Looks at any time."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from harness.judge.stats.anytime import MAX_PIECES, Doubling, normal_mixture_boundary, normal_mixture_p

# Values of confseq 0.0.11 (github.com/gostevehoward/confseq): its one-sided normal mixture bound of a sum,
# by its variance v, with alpha 1 % and tightest at v = 15.
CONFSEQ = {5: 8.126849236691669, 20: 15.009152165030173, 100: 34.4457202654894}


@pytest.mark.parametrize(("blocks", "bound"), CONFSEQ.items())
def test_the_boundary_is_that_of_the_reference_implementation(blocks, bound):
    assert normal_mixture_boundary(blocks, 0.01, 15) * math.sqrt(blocks) == pytest.approx(bound, rel=2e-3)


# Of an independent implementation: (blocks, alpha, best at, z).
WORKED = [
    (10, 0.0003, 14, 4.49514399788175),
    (28, 0.0003, 14, 4.339416812989098),
    (4, 0.0005, 14, 4.802211613542556),
]


@pytest.mark.parametrize(("blocks", "alpha", "best_at", "z"), WORKED)
def test_boundary_and_p_value_belong_together(blocks, alpha, best_at, z):
    assert normal_mixture_boundary(blocks, alpha, best_at) == pytest.approx(z, rel=1e-9)
    assert normal_mixture_p(blocks, alpha, best_at) == pytest.approx(stats.norm.sf(z), rel=1e-9)


def test_a_mean_without_effect_crosses_the_boundary_as_rarely_as_promised():
    series = np.random.default_rng(1).standard_normal((4000, 60))
    blocks = np.arange(1, 61)
    z = series.cumsum(axis=1) / np.sqrt(blocks)
    boundary = np.array([normal_mixture_boundary(k, 0.05, 30) for k in blocks])
    assert (z > boundary).any(axis=1).mean() <= 0.05


def test_a_stage_of_any_length_is_looked_at_in_few_pieces_and_no_block_is_lost():
    doubling, blocks, looks = Doubling(), 0, []
    while blocks < 2880:
        blocks += doubling.blocks_each
        doubling.add()
        looks.append(blocks)
        assert doubling.blocks == blocks
        assert blocks / doubling.blocks_each < MAX_PIECES
    assert looks[:120] == list(range(1, 121))
    assert len(looks) < 420
    assert max(later / look for look, later in pairwise(looks[120:])) < 1.02
