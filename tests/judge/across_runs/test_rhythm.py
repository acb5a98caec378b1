"""What disturbs a service from time to time."""

import numpy as np
import pytest

from harness.judge.across_runs.rhythm import Rhythm, disturbed, longest_run, period_of, rhythm_of
from harness.judge.view import StageView
from tests.acceptance.pods import Episode, Side, plan_of, stage_evidence

PLAN = plan_of(["p95 < 1s"], minutes=10)


def rhythm(**canary):
    sides = Side(1, 300.0), Side(1, 300.0, **canary)
    return rhythm_of(StageView(PLAN, stage_evidence(PLAN, "S0", *sides, (1,))))


def test_a_quiet_service_has_neither():
    assert rhythm() == Rhythm(0.0, None)


def test_the_longest_disturbance_of_either_variant_is_measured_in_windows():
    episodes = (Episode(100.0, 120.0, scale=4.0), Episode(300.0, 340.0, scale=4.0))
    assert rhythm(episodes=episodes).disturbance_s == 40.0


def test_what_comes_back_regularly_has_a_period():
    episodes = tuple(Episode(at_s, at_s + 10.0, scale=3.0) for at_s in range(20, 600, 50))
    found = rhythm(episodes=episodes)
    assert found.period_s == pytest.approx(50.0, rel=0.05)
    assert found.disturbance_s == 10.0


def test_a_moment_that_is_not_marked_between_two_does_not_end_a_run():
    assert longest_run(np.array([0.0, 1, 1, 0, 1, 0, 0, 1])) == 4
    assert longest_run(np.zeros(5)) == 0


def test_few_moments_or_equal_ones_show_nothing():
    assert period_of(np.ones(100), 1.0) is None
    assert period_of(np.arange(5.0), 1.0) is None
    assert not disturbed(np.full(30, 0.05)).any()


def test_chance_alone_hardly_ever_shows_a_period():
    rng = np.random.default_rng(3)
    assert sum(period_of(rng.standard_normal(90), 10.0) is not None for _ in range(500)) <= 3
