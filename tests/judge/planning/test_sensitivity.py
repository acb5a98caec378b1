"""What a stage will detect."""

import pytest

from harness.judge.planning.feasibility import limitations
from harness.judge.planning.sensitivity import DEFAULT_SD_15_MIN, RatioNoise, sensitivities, sensitivity
from tests.judge.simulator import plan_of

JUDGE = {"block": "30s", "warmup": "60s"}
COMPARED = {"rate": "6800/s", "weight": "5%", "duration": "15m"}


def test_a_stage_says_what_it_detects():
    plan = plan_of(["p95 <= baseline + 10%", "error rate < 0.1%"], **COMPARED, judge=JUDGE)
    found = sensitivity(plan, plan.stages[0])
    assert found.blocks == 28
    assert 0.17 < found.smallest_slowdown < 0.22
    assert 400 <= found.slowdown_needs_s <= 440
    assert 0.0011 < found.smallest_error_rate < 0.0015
    assert limitations(plan) == ()
    assert DEFAULT_SD_15_MIN > 0


def test_a_stage_without_both_variants_compares_nothing():
    plan = plan_of(["p95 < 150ms"], weight="100%")
    [found] = sensitivities(plan)
    assert found.smallest_slowdown is found.slowdown_needs_s is found.smallest_error_rate is None


def test_a_stage_is_never_short_enough_to_have_too_few_blocks():
    # 2 canary requests a block: ten blocks are merged into one, and ten of those are needed.
    judge = {"block": "4s", "warmup": "4s", "tolerance": "90%"}
    plan = plan_of(["p95 <= baseline + 90%"], rate="1/s", weight="50%", judge=judge)
    [found] = sensitivities(plan, RatioNoise(1e-9))
    assert found.slowdown_needs_s == 4 + 10 * 10 * 4


@pytest.mark.parametrize(
    ("criterion", "says"),
    [
        ("p95 <= baseline + 5%", "will often be inconclusive: an unchanged canary needs about 2"),
        ("p95 <= baseline", "passes only by chance, however long the stage is; allow a change, such as"),
    ],
)
def test_a_limit_too_fine_for_the_stage_is_named_with_the_time_it_needs(criterion, says):
    [found] = limitations(plan_of([criterion], **COMPARED, judge={"block": "30s", "warmup": "0s"}))
    assert says in str(found)


def test_a_limit_that_leaves_room_is_not_named_whatever_the_plan_tolerates():
    judge = {**JUDGE, "tolerance": "1%"}
    assert limitations(plan_of(["p95 <= baseline + 25%"], **COMPARED, judge=judge)) == ()
