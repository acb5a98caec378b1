"""The verdict on a run."""

from dataclasses import replace

import pytest

from harness.judge.codec import to_json
from harness.judge.outcome import Outcome
from harness.judge.run import judge_run
from harness.record.evidence import Evidence, StageEvidence
from tests.judge.simulator import Conditions, lognormal, plan_of, run_of, simulate

STAGE = {"weight": "50%", "duration": "60s", "interval": "2s", "criteria": ["error rate < 1%", "p95 < 150ms"]}
PLAN = plan_of([], stages=[{"name": name, **STAGE} for name in ("first", "second", "third")])


def never_started(index):
    return StageEvidence(PLAN.stages[index], index)


def stages(*evidence):
    rest = [never_started(index) for index in range(len(evidence), 3)]
    return run_of(PLAN, [*evidence, *rest])


def good(index):
    return simulate(PLAN, index)


def test_a_run_passes_when_every_stage_does():
    verdict = judge_run(stages(good(0), good(1), good(2)))
    assert verdict.outcome is Outcome.PASS
    assert [stage.name for stage in verdict.stages] == ["first", "second", "third"]
    assert verdict.not_run == ()
    assert "3 stages passed" in verdict.reason


def test_stages_after_the_first_that_did_not_pass_are_not_run():
    verdict = judge_run(stages(good(0), simulate(PLAN, 1, canary=lognormal(error_rate=0.05))))
    assert verdict.outcome is Outcome.FAIL
    assert verdict.not_run == ("third",)
    assert verdict.reason.startswith("Stage second failed: error rate < 1%. The canary's error rate was")


def test_a_stage_that_should_have_run_and_did_not_is_invalid():
    verdict = judge_run(stages(good(0)))
    assert verdict.outcome is Outcome.INVALID
    assert [stage.outcome for stage in verdict.stages] == [Outcome.PASS, Outcome.INVALID]
    assert verdict.not_run == ("third",)
    assert "never started" in verdict.reason


def test_a_stage_without_an_end_is_invalid():
    verdict = judge_run(stages(good(0), replace(good(1), finished=None)))
    assert verdict.outcome is Outcome.INVALID
    assert "no recorded end" in verdict.reason


def test_a_late_generator_is_named_first_whatever_else_it_spoiled():
    late = Conditions(hub_lateness_s=0.2)
    spoiled = simulate(PLAN, 0, conditions=late, canary=lognormal(scale=8.0))
    for evidence in (spoiled, replace(spoiled, intervals=spoiled.intervals[:-1])):
        verdict = judge_run(stages(evidence))
        assert verdict.outcome is Outcome.INVALID
        assert verdict.reason.startswith("Stage first cannot be trusted. The generator's own lateness was")


def test_a_run_of_nothing_is_invalid():
    assert judge_run(Evidence(PLAN, ())).outcome is Outcome.INVALID
    assert judge_run(stages()).outcome is Outcome.INVALID


def test_damage_outside_any_stage_is_not_a_pass():
    damaged = replace(stages(good(0), good(1), good(2)), problems=("events.jsonl:9: the last line is torn",))
    verdict = judge_run(damaged)
    assert verdict.outcome is Outcome.INVALID
    assert "the last line is torn" in verdict.reason


@pytest.mark.parametrize("seed", [1, 2])
def test_judging_again_gives_the_same_bytes(seed):
    evidence = run_of(PLAN, [simulate(PLAN, index, seed=seed) for index in range(3)])
    assert to_json(judge_run(evidence)) == to_json(judge_run(evidence))
