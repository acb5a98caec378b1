"""Looks at any time."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.stats.anytime import MAX_PIECES, Bets, Doubling, normal_mixture_boundary

# Values of confseq 0.0.11 (github.com/gostevehoward/confseq): its one-sided normal mixture bound of a sum,
# by its variance v, with alpha 1 % and tightest at v = 15.
CONFSEQ = {5: 8.126849236691669, 20: 15.009152165030173, 100: 34.4457202654894}


@pytest.mark.parametrize(("blocks", "bound"), CONFSEQ.items())
def test_the_boundary_is_that_of_the_reference_implementation(blocks, bound):
    assert normal_mixture_boundary(blocks, 0.01, 15) * math.sqrt(blocks) == pytest.approx(bound, rel=2e-3)


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


def evidence(rates, limit, restarts=False):
    bets = Bets(limit, restarts=restarts)
    return np.array([bets.take(rate) for rate in rates])


def test_bets_against_a_kept_promise_win_as_rarely_as_promised():
    rng = np.random.default_rng(2)
    won = [
        (evidence(rng.binomial(3400, 0.001, 90) / 3400, 0.001) > math.log(1 / 0.05)).any()
        for _ in range(1000)
    ]
    assert np.mean(won) <= 0.05


def test_ten_times_the_promised_error_rate_is_found_within_a_minute():
    rates = np.random.default_rng(3).binomial(3400, 0.01, 90) / 3400
    assert np.flatnonzero(evidence(rates, 0.001) > math.log(1 / 0.005))[0] < 6


def test_a_late_change_is_found_as_fast_by_the_restarting_bets():
    rates = np.concatenate([np.full(500, 0.02), np.full(10, 0.5)])
    hits = np.flatnonzero(evidence(rates, 0.05, restarts=True) > math.log(510 / 0.005))
    assert 500 <= hits[0] <= 506
    assert not (evidence(rates, 0.05) > math.log(1 / 0.005)).any()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.floats(1e-5, 0.5))
def test_evidence_is_a_number_and_grows_with_every_rate(rates, limit):
    lower = np.array(rates)
    higher = np.minimum(lower + 0.1, 1.0)
    for restarts in (False, True):
        assert np.isfinite(evidence(lower, limit, restarts)).all()
        assert (evidence(higher, limit, restarts) >= evidence(lower, limit, restarts) - 1e-9).all()
