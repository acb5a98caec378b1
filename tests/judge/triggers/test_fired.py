"""Rollback triggers."""

from dataclasses import replace

import pytest

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.record.events.stage import TriggerFired
from tests.judge.judged import REQUESTS, finding
from tests.judge.looks import PROBES, first_trigger, plan_with
from tests.judge.simulator import Conditions, lognormal, plan_of, refusing_from, simulate


def slow_between(start_s, end_s):
    def answer(rng, due_s):
        times_s, ok = lognormal()(rng, due_s)
        return times_s * (1 + 9 * ((due_s >= start_s) & (due_s < end_s))), ok

    return answer


def test_a_condition_that_holds_in_every_interval_of_the_window_fires_at_its_end():
    plan = plan_with("error rate > 10% for 20s")
    fired = first_trigger(plan, simulate(plan, canary=refusing_from(40.0, lognormal())))
    assert fired.trigger == "error rate > 10% for 20s"
    assert fired.at_s == 60.0
    assert fired.reason == (
        "The rollback trigger fired 1 min into the stage: "
        "its condition held for 20 s (100% in the last interval)."
    )


def test_one_good_interval_starts_the_window_anew():
    plan = plan_with("p95 > 200ms for 20s")
    assert first_trigger(plan, simulate(plan, canary=slow_between(40.0, 58.0))) is None
    assert first_trigger(plan, simulate(plan, canary=slow_between(40.0, 60.0))).at_s == 60.0


def test_a_missing_interval_proves_nothing():
    plan = plan_with("p95 > 200ms for 20s")
    evidence = simulate(plan, canary=slow_between(40.0, 60.0))
    holed = replace(evidence, intervals=tuple(each for each in evidence.intervals if each.start_s != 50.0))
    assert first_trigger(plan, holed) is None


@pytest.mark.parametrize("first_s", [20.0, 60.0])
def test_a_growing_stage_and_a_finished_one_fire_at_the_same_moment(first_s):
    plan = plan_with("error rate > 10% for 20s", "p95 > 500ms for 30s", "service down for 10s")
    evidence = simulate(plan, canary=refusing_from(first_s, lognormal()))
    whole = first_trigger(plan, evidence)
    for number in range(len(evidence.intervals)):
        so_far = replace(evidence, intervals=evidence.intervals[: number + 1], finished=None)
        live = first_trigger(plan, so_far)
        if live:
            assert live == whole
            assert live.at_s == (number + 1) * 2.0
            break


@pytest.mark.parametrize(
    ("trigger", "conditions"),
    [
        ("memory > 1GB for 30s", Conditions(memory_bytes=lambda s: 2e9 if s >= 20 else 1e8)),
        ("service down for 30s", Conditions(healthy=lambda s: s < 20)),
    ],
)
def test_probes_rarer_than_intervals_fire_once_the_condition_held_from_one_probe_to_a_later_one(
    trigger, conditions
):
    plan = plan_of(["error rate < 1%"], rollback=[trigger], probes=PROBES | {"interval": "10s"})
    fired = first_trigger(plan, simulate(plan, conditions=conditions))
    # Probes find it at 20, 30, 40 and 50 s, and an interval lasts 2 s.
    assert fired.at_s == 52.0


@pytest.mark.parametrize("trigger", ["memory > 1GB for 6s", "service down for 6s"])
def test_a_single_bad_probe_does_not_stand_for_the_intervals_until_the_next(trigger):
    plan = plan_of(["error rate < 1%"], rollback=[trigger], probes=PROBES | {"interval": "10s"})
    ill = Conditions(memory_bytes=lambda s: 2e9 if 20 <= s < 30 else 1e8, healthy=lambda s: not 20 <= s < 30)
    assert first_trigger(plan, simulate(plan, conditions=ill)) is None


def test_probes_that_fall_silent_prove_nothing():
    plan = plan_of(["error rate < 1%"], rollback=["memory > 1GB for 30s"], probes=PROBES)
    evidence = simulate(plan, conditions=Conditions(memory_bytes=lambda _s: 2e9))
    started_s = evidence.started_s
    silent = tuple(each for each in evidence.probes if not 10 <= (each.t_s - started_s) % 30 < 20)
    assert first_trigger(plan, evidence).at_s == 30.0
    assert first_trigger(plan, replace(evidence, probes=silent)) is None


def test_a_trigger_found_in_the_evidence_fails_the_stage_also_when_no_event_says_so():
    plan = plan_with("error rate > 1% for 20s")
    verdict = judge_stage(plan, simulate(plan, canary=lognormal(error_rate=0.05)))
    fired = [finding for finding in verdict.findings if finding.id == "trigger:error rate > 1% for 20s"]
    assert [finding.outcome for finding in fired] == [Outcome.FAIL]


def test_no_interval_fires_nothing():
    plan = plan_with("error rate > 10% for 20s", "service down for 10s")
    assert first_trigger(plan, replace(simulate(plan), intervals=())) is None


def test_a_fired_trigger_is_a_failure():
    plan = plan_of(REQUESTS)
    fired = TriggerFired(t_s=60.0, stage="canary", trigger="error rate > 10% for 1m")
    evidence = simulate(plan)
    verdict = judge_stage(plan, replace(evidence, events=(*evidence.events, fired)))
    assert finding(verdict, "error rate > 10% for 1m").outcome is Outcome.FAIL
