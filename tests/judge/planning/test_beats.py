"""Block lengths that beat with a period."""

import pytest

from harness.judge.planning.beats import beats, whole_periods_s
from harness.judge.planning.feasibility import Effect, limitations
from harness.judge.planning.noise import RatioNoise
from tests.judge.simulator import plan_of

PERIODIC = RatioNoise(0.0, period_s=45.0)


@pytest.mark.parametrize(
    ("block_s", "does"), [(30, True), (45, False), (60, True), (90, False), (240, False)]
)
def test_blocks_that_hold_different_numbers_of_pulses_beat(block_s, does):
    assert beats(block_s, 45.0) is does


def test_the_better_block_holds_whole_periods_and_is_no_shorter():
    assert whole_periods_s(30.0, 45.0) == 45.0
    assert whole_periods_s(60.0, 45.0) == 90.0
    assert whole_periods_s(30.0, None) == 30.0


def test_check_names_the_block_and_the_one_to_write():
    plan = plan_of(
        ["p95 <= baseline + 50%", "p95 < 90ms"],
        rate="6800/s",
        weight="50%",
        duration="15m",
        judge={"block": "30s", "warmup": "60s", "tolerance": "50%"},
    )
    [found] = limitations(plan, PERIODIC)
    assert found.effect is Effect.OFTEN_INCONCLUSIVE
    assert str(found).endswith(
        "blocks of 30 s beat with the period of 45 s; write `block: 46s`"
    )  # of whole windows of 2 s
    assert limitations(plan) == ()
