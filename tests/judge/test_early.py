"""Failing early."""

from dataclasses import replace

import pytest

from harness.judge import Outcome, early_fail, judge_stage
from tests.judge.simulator import Conditions, lognormal, plan_of, refusing_from, simulate

CRITERIA = ["error rate < 1%", "p95 < 150ms", "p95 <= baseline + 10%"]


def growing(evidence):
    for number in range(1, len(evidence.intervals) + 1):
        yield replace(evidence, intervals=evidence.intervals[:number], finished=None)


@pytest.mark.parametrize(
    "canary",
    [
        lognormal(scale=1.5),
        lognormal(scale=4.5),
        lognormal(error_rate=0.05),
        refusing_from(60.0, lognormal()),
    ],
)
def test_live_and_afterwards_the_stage_fails_at_the_same_moment(canary):
    plan = plan_of(CRITERIA)
    evidence = simulate(plan, canary=canary)
    whole = early_fail(plan, evidence)
    live = next(found for so_far in growing(evidence) if (found := early_fail(plan, so_far)))
    assert live == whole
    assert live.at_s < 120.0
    assert judge_stage(plan, evidence).outcome is Outcome.FAIL


def test_a_good_canary_is_never_failed_early():
    plan = plan_of([*CRITERIA, "no performance degradation"])
    for seed in range(8):
        assert early_fail(plan, simulate(plan, seed=seed)) is None


def test_the_moment_stands_in_the_reason():
    plan = plan_of(CRITERIA)
    evidence = simulate(plan, canary=lognormal(error_rate=0.05))
    moment = early_fail(plan, evidence)
    assert moment.criterion == "error rate < 1%"
    assert f"surely broken {moment.at_s:g}s into the stage" in judge_stage(plan, evidence).findings[0].reason


def test_a_late_generator_ends_a_stage_for_errors_only():
    plan = plan_of(CRITERIA)
    late = Conditions(hub_lateness_s=0.5)
    assert early_fail(plan, simulate(plan, conditions=late, canary=lognormal(scale=4.5))) is None
    assert early_fail(plan, simulate(plan, conditions=late, canary=lognormal(error_rate=0.05))) is not None


def test_a_gross_change_in_mid_stage_is_seen_soon():
    plan = plan_of(["error rate < 1%"], duration="240s")

    def doubling(rng, due_s):
        times_s, ok = lognormal()(rng, due_s)
        return times_s * (1 + (due_s >= 120)), ok

    fail = early_fail(plan, simulate(plan, canary=doubling))
    assert fail.criterion == "no gross regression"
    assert 120 < fail.at_s <= 160


def test_a_promise_about_the_last_part_waits_for_the_end():
    plan = plan_of(["p95 < 150ms for 30s"], weight="100%")
    assert early_fail(plan, simulate(plan, canary=lognormal(scale=8.0))) is None
