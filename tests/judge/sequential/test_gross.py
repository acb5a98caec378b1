"""The built-in alarm."""

import pytest

from harness.judge.outcome import Outcome
from harness.judge.sequential.gross import CappedBets
from harness.judge.sequential.watch import GROSS_REGRESSION
from harness.judge.stage import judge_stage
from tests.judge.judged import finding
from tests.judge.simulator import lognormal, plan_of, simulate

# Of an independent implementation, 84 short blocks of 10 s, a disturbance of 60 s, alpha 0.05 %:
# the rate of every block, and the number of blocks after which it sounds.
SOUNDS = [(0.05, None), (0.08, 36), (0.1, 27), (0.15, 19), (0.2, 16), (0.5, 14), (1.0, 14)]


def sounds_after(rates):
    bets = CappedBets(0.05, 0.0005, len(rates), disturbance_s=60.0, block_s=10.0)
    return next((number for number, rate in enumerate(rates, 1) if bets.take(rate, 10.0)), None)


@pytest.mark.parametrize(("rate", "blocks"), SOUNDS)
def test_it_sounds_as_soon_as_an_independent_implementation_does(rate, blocks):
    assert sounds_after([rate] * 84) == blocks


@pytest.mark.parametrize("before", [0, 20, 60])
def test_nothing_shorter_than_twice_the_disturbance_sounds_it(before):
    assert sounds_after([0.03] * before + [1.0] * 12 + [0.03] * (72 - before)) is None


def test_a_late_change_is_found_as_fast_as_an_early_one():
    assert sounds_after([0.02] * 60 + [1.0] * 24) == 60 + 14


def test_the_alarm_shows_the_stretch_of_time_that_sounded_it():
    plan = plan_of(["error rate < 1%"], duration="240s")

    def doubling(rng, due_s):
        times_s, ok = lognormal()(rng, due_s)
        return times_s * (1 + (due_s >= 120)), ok

    found = finding(judge_stage(plan, simulate(plan, canary=doubling)), GROSS_REGRESSION)
    assert found.outcome is Outcome.FAIL
    assert found.reason.startswith("From 2 min to 2 min 54 s into the stage ")
    assert "longer than 1.25 times the baseline's p95; at most 5% may." in found.reason
    assert found.observed > 15 > found.limit == pytest.approx(5)


def test_calm_blocks_are_forgotten():
    bets = CappedBets(0.05, 0.0005, 8640, disturbance_s=60.0, block_s=10.0)
    for _ in range(500):
        bets.take(0.03, 10.0)
    assert len(bets._capitals) < 20
