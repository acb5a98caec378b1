from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.plan.router import Haproxy
from harness.rollout.routers.haproxy import HaproxyRouter, server_weights
from harness.rollout.routers.router import RouterError
from tests.rollout.conftest import TWO, split


@given(st.integers(0, 100))
def test_every_whole_percentage_becomes_two_whole_weights_of_exactly_that_ratio(percent):
    baseline, canary = server_weights(split(Fraction(percent, 100))).values()
    assert Fraction(canary, baseline + canary) == Fraction(percent, 100)
    assert max(baseline, canary) <= 256


def test_a_weight_too_fine_for_whole_numbers_up_to_256_is_refused():
    with pytest.raises(RouterError, match="too coarse for 1/1000"):
        server_weights(split(Fraction(1, 1000)))


def test_a_missing_socket_is_named(tmp_path):
    router = HaproxyRouter(Haproxy(socket=str(tmp_path / "none.sock")), TWO)
    with pytest.raises(RouterError, match=r"none\.sock does not answer: No such file or directory"):
        router.set_shares("canary-5", split(Fraction(1, 20)))
