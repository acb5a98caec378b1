"""A stage whose rate changes is judged on its plateaus, and says which they were."""

import math
from dataclasses import replace

import pytest

from harness.judge.criteria.plateaus import JUDGED
from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.triggers.fired import first_fired
from harness.judge.validity.accounts import SPLIT
from harness.judge.validity.generator import DELIVERED
from harness.judge.view import StageView
from harness.plan.model import Plan
from tests.judge.judged import REQUESTS, finding
from tests.judge.simulator import cut_short, lognormal, plan_of, simulate

CLIMB = [{"to": "200/s", "over": "40s"}]
SPIKE = [
    {"at": "100/s", "for": "40s"},
    {"at": "400/s", "for": "20s"},
    {"to": "100/s", "over": "10s"},
]


def slow_while(is_slow):
    """A service that is ten times as slow in some seconds of the stage."""

    def answer(rng, due_s):
        times_s, ok = lognormal()(rng, due_s)
        return times_s * (1 + 9 * is_slow(due_s)), ok

    return answer


def spike(criteria, **more):
    return plan_of(criteria, rate=SPIKE, **more)


def ramped():
    """A plan whose second stage climbs from 5 % of the arrivals to half of them."""
    document = plan_of(REQUESTS).to_document()
    (stage,) = document["stages"]
    before = {**stage, "name": "before", "weight": "5%"}
    return Plan.model_validate({**document, "stages": [before, {**stage, "ramp": "40s"}]}, by_alias=True)


def test_a_canary_that_is_slow_only_while_the_rate_climbs_passes():
    plan = plan_of(REQUESTS, rate=CLIMB)
    verdict = judge_stage(plan, simulate(plan, canary=slow_while(lambda due_s: due_s < 40)))
    assert verdict.outcome is Outcome.PASS
    level = plan_of(REQUESTS)
    assert judge_stage(level, simulate(level, canary=slow_while(lambda due_s: due_s < 40))).outcome is (
        Outcome.FAIL
    )


def test_a_canary_that_is_slow_on_the_plateau_fails():
    plan = plan_of(REQUESTS, rate=CLIMB)
    verdict = judge_stage(plan, simulate(plan, canary=slow_while(lambda due_s: due_s >= 40)))
    assert verdict.outcome is Outcome.FAIL
    assert verdict.early_fail is not None
    assert verdict.early_fail.at_s > 40


def test_a_service_that_is_slow_at_the_top_of_a_spike_alone_does_not_pass():
    plan = spike(["p95 < 150ms"])
    assert judge_stage(plan, simulate(plan)).outcome is Outcome.PASS
    slow = slow_while(lambda due_s: (due_s >= 40) & (due_s < 60))
    verdict = judge_stage(plan, simulate(plan, canary=slow, baseline=slow))
    assert finding(verdict, "p95 < 150ms").outcome is Outcome.INCONCLUSIVE


def test_the_verdict_says_which_parts_of_the_stage_were_judged():
    plan = spike(REQUESTS)
    note = finding(judge_stage(plan, simulate(plan)), JUDGED)
    assert note.outcome is Outcome.PASS
    assert note.reason == (
        "Criteria are judged while the rate stays, 1 min 46 s of 2 min: 4 s to 40 s at 100/s, "
        "40 s to 1 min at 400/s, 1 min 10 s to 2 min at 100/s. "
        "What was sent while it changed is recorded, and triggers watched it."
    )
    level = plan_of(REQUESTS)
    assert JUDGED.id not in {each.id for each in judge_stage(level, simulate(level)).findings}


def test_a_plateau_that_is_shorter_than_a_block_is_said_to_be_left_out():
    plan = spike(REQUESTS, judge={"block": "30s", "warmup": "0s"})
    note = finding(judge_stage(plan, simulate(plan)), JUDGED)
    assert note.reason.endswith("1 plateau shorter than a block of 30 s is left out.")


def test_the_load_that_should_be_delivered_is_the_exact_count_of_the_changing_rate():
    plan = spike(REQUESTS)
    delivered = finding(judge_stage(plan, simulate(plan)), DELIVERED)
    assert delivered.reason.startswith("19,500 of 19,500 planned arrivals were sent (100%")


def test_the_achieved_rate_of_a_spike_that_was_cut_short_is_that_until_the_load_stopped():
    plan = spike(REQUESTS)
    evidence = simulate(plan)
    whole, early = (judge_stage(plan, each) for each in (evidence, cut_short(evidence, 50.0)))
    assert whole.planned_rate == whole.achieved_rate == 162.5
    assert early.achieved_rate == pytest.approx((4000 + 4000) / 50, rel=0.05)


def test_the_split_of_a_ramp_is_held_to_what_each_variant_climbs_through():
    plan = ramped()
    evidence = simulate(plan, 1)
    assert evidence.finished.by_variant["canary"].due == (10 + 100) / 2 * 40 + 100 * 80
    split = finding(judge_stage(plan, evidence), SPLIT)
    assert split.outcome is Outcome.PASS
    assert split.limit == pytest.approx(100 * 10_200 / 24_000)
    canary, baseline = (evidence.finished.by_variant[name] for name in ("canary", "baseline"))
    swapped = replace(evidence.finished, by_variant={"canary": baseline, "baseline": canary})
    assert finding(judge_stage(plan, replace(evidence, finished=swapped)), SPLIT).outcome is Outcome.INVALID


def test_a_throughput_trigger_counts_no_interval_for_which_the_plan_offers_no_more():
    plan = plan_of(REQUESTS, rate=CLIMB, rollback=["throughput < 150/s for 10s"])
    view = StageView(plan, simulate(plan))
    assert first_fired(view, view.aggregate.moments) is None
    dead = slow_while(lambda due_s: due_s >= 60)

    def silent(rng, due_s):
        times_s, ok = dead(rng, due_s)
        return times_s, ok & (due_s < 60)

    view = StageView(plan, simulate(plan, canary=silent, baseline=silent))
    fired = first_fired(view, view.aggregate.moments)
    assert fired is not None
    assert fired.at_s == 70


def test_other_triggers_watch_the_ramp():
    plan = plan_of(REQUESTS, rate=CLIMB, rollback=["p95 > 100ms for 10s"])
    view = StageView(plan, simulate(plan, canary=slow_while(lambda due_s: due_s < 30)))
    fired = first_fired(view, view.aggregate.moments)
    assert fired is not None
    assert fired.at_s < 30


def test_a_stage_whose_rate_never_stays_is_inconclusive_and_accuses_nobody():
    plan = plan_of(["p95 < 150ms"], rate=[{"to": "200/s", "over": "120s"}])
    slow = slow_while(lambda due_s: due_s >= 0)
    verdict = judge_stage(plan, simulate(plan, canary=slow))
    assert verdict.outcome in (Outcome.INCONCLUSIVE, Outcome.INVALID)
    assert math.isclose(verdict.planned_rate, 100)
