"""When faults show, as functions of time."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.demo.behaviour.schedule import (
    EPISODE_S,
    error_share,
    in_episode,
    is_crashed,
    is_refusing,
    is_stalled,
)
from harness.plan.faults import Faults


@pytest.mark.parametrize("share", [0.001, 0.01, 0.05, 0.3, 1.0])
def test_bursty_errors_have_the_mean_share_asked_for(share: float) -> None:
    cycle_s = EPISODE_S / math.sqrt(share)
    faults = Faults.parse(f"bursty_errors={share:%}")
    moments = [50 * cycle_s * (step + 0.5) / 200_000 for step in range(200_000)]

    mean = sum(error_share(faults, "seed", age_s) for age_s in moments) / len(moments)

    assert mean == pytest.approx(share, rel=0.01)


def test_bursty_errors_come_in_episodes_and_not_between_them() -> None:
    faults = Faults.parse("bursty_errors=1%")
    shares = {error_share(faults, "seed", step * 0.01) for step in range(3000)}

    assert sorted(shares) == pytest.approx([0.0, 0.1])


def test_each_cycle_has_one_episode_of_its_full_length() -> None:
    cycle_s = EPISODE_S / math.sqrt(0.01)
    for cycle in range(100):
        inside = [in_episode(0.01, "seed", cycle_s * (cycle + step / 1000)) for step in range(1000)]

        assert sum(inside) == pytest.approx(100, abs=1)
        assert sum(now != before for now, before in zip(inside[1:], inside, strict=False)) <= 2


def test_episodes_of_two_seeds_lie_at_different_places() -> None:
    first, second = (
        [in_episode(0.01, seed, step * 0.1) for step in range(1000)] for seed in ("1/baseline", "1/canary")
    )

    assert first != second


@given(st.floats(0, 1e6), st.text(max_size=5))
def test_no_errors_are_injected_unless_asked_for(age_s: float, seed: str) -> None:
    assert error_share(Faults.parse(), seed, age_s) == 0.0


def test_steady_and_bursty_errors_are_independent_of_each_other() -> None:
    faults = Faults.parse("errors=50%", "bursty_errors=100%")

    assert error_share(faults, "seed", 1.0) == 1.0
    assert error_share(Faults.parse("errors=50%"), "seed", 1.0) == 0.5


@pytest.mark.parametrize(
    ("age_s", "stalled"), [(0, False), (4.99, False), (5, True), (6.99, True), (7, False)]
)
def test_a_stall_lasts_from_its_beginning_for_its_length(age_s: float, stalled: bool) -> None:
    assert is_stalled(Faults.parse("stall=2s@5s"), age_s) is stalled


@pytest.mark.parametrize("age_s", [0.0, 9.9, 10.0, 1e6])
def test_a_crash_and_a_refusal_begin_at_their_time_and_stay(age_s: float) -> None:
    assert is_crashed(Faults.parse("crash=10s"), age_s) is (age_s >= 10)
    assert is_refusing(Faults.parse("refuse=10s"), age_s) is (age_s >= 10)


@given(st.floats(0, 1e9))
def test_a_service_without_faults_never_stalls_refuses_or_crashes(age_s: float) -> None:
    well = Faults.parse()

    assert not any(shows(well, age_s) for shows in (is_stalled, is_refusing, is_crashed))
