"""What a stage will detect."""

import pytest

from harness.judge.planning.feasibility import limitations
from harness.judge.planning.noise import TYPICAL, RatioNoise
from harness.judge.planning.sensitivity import sensitivities, sensitivity
from tests.judge.simulator import plan_of

JUDGE = {"block": "30s", "warmup": "60s"}
COMPARED = {"rate": "6800/s", "weight": "5%", "duration": "15m"}


def test_a_stage_says_what_it_detects():
    plan = plan_of(["p95 <= baseline + 10%", "error rate < 0.1%"], **COMPARED, judge=JUDGE)
    found = sensitivity(plan, plan.stages[0], TYPICAL)
    assert found.blocks == 28
    assert 0.22 < found.smallest_slowdowns["p95"] < 0.28
    assert 700 <= found.slowdown_needs_s <= 900
    assert 0.0011 < found.smallest_error_rate < 0.0015
    assert limitations(plan) == ()


def test_a_stage_without_both_variants_compares_nothing():
    plan = plan_of(["p95 < 150ms"], weight="100%")
    [found] = sensitivities(plan)
    assert not found.smallest_slowdowns
    assert found.slowdown_needs_s is found.smallest_error_rate is None


def test_a_stage_is_never_short_enough_to_have_too_few_blocks():
    # 18 canary requests a block: two blocks are merged into one, and ten of those are needed.
    judge = {"block": "4s", "warmup": "4s", "tolerance": "90%"}
    plan = plan_of(["p95 <= baseline + 90%"], rate="9/s", weight="50%", judge=judge)
    [found] = sensitivities(plan, RatioNoise(1e-9, sigma=0.05))
    assert found.slowdown_needs_s >= 4 + 10 * 2 * 4


@pytest.mark.parametrize(
    ("criterion", "says"),
    [
        ("p95 <= baseline + 5%", "will often be inconclusive: an unchanged canary needs about "),
        ("p95 <= baseline", "passes only by chance, however long the stage is; allow a change, such as"),
    ],
)
def test_a_limit_too_fine_for_the_stage_is_named_with_the_time_it_needs(criterion, says):
    [found] = limitations(plan_of([criterion], **COMPARED, judge={"block": "30s", "warmup": "0s"}))
    assert says in str(found)


def test_a_limit_that_leaves_room_is_not_named_whatever_the_plan_tolerates():
    judge = {**JUDGE, "tolerance": "1%"}
    plan = plan_of(["p95 <= baseline + 25%"], **COMPARED, judge=judge)
    [found] = sensitivities(plan)
    assert found.slowdown_needs_s < plan.stages[0].duration_s
    assert limitations(plan) == ()


def test_every_percentile_that_a_criterion_compares_has_its_own_smallest_change():
    plan = plan_of(["no performance degradation"], **COMPARED, judge=JUDGE)
    found = sensitivity(plan, plan.stages[0], TYPICAL).smallest_slowdowns
    assert set(found) == {"p50", "p95", "p99"}
    assert all(change > 0.10 for change in found.values())


def test_a_short_stage_detects_less_and_a_noisier_service_too():
    def smallest(noise, **other):
        plan = plan_of(["p95 <= baseline + 10%"], **{**COMPARED, **other}, judge=JUDGE)
        return sensitivity(plan, plan.stages[0], noise).smallest_slowdowns["p95"]

    quiet, noisy = RatioNoise(0.0), RatioNoise(0.6)
    assert smallest(quiet) < smallest(quiet, duration="8m") < smallest(noisy)


def test_so_few_blocks_that_nothing_ever_fails_are_said():
    plan = plan_of(["p95 <= baseline + 10%"], rate="1/s", weight="50%", duration="3m", judge=JUDGE)
    assert sensitivity(plan, plan.stages[0], TYPICAL).smallest_slowdowns == {"p95": None}
