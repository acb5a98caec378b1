"""What instances may explain: a fresher canary, a replaced process, one process for both variants."""

import numpy as np

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.validity.instances import NO_CONTROL
from tests.judge.simulator import Conditions, lognormal, plan_of, simulate

CRITERIA = ["p95 < baseline + 20%", "no performance degradation"]
TARGETS = {"baseline": "http://127.0.0.1:8080", "canary": "http://127.0.0.1:8081"}
WITH_CONTROL = {**TARGETS, "control": "http://127.0.0.1:8082"}
SIZE = {"weight": "20%", "duration": "240s", "rate": "400/s"}


def cold(rng, due_s, slower=1.0):
    """Every second request misses a cache at first, and ever fewer of them while it fills."""
    times_s, ok = lognormal()(rng, due_s)
    misses = rng.random(len(due_s)) < 0.5 * np.exp(-due_s / 300)
    return slower * np.where(misses, times_s + 0.040, times_s), ok


def judged(targets, **services):
    plan = plan_of(CRITERIA, targets=targets, **SIZE)
    return judge_stage(plan, simulate(plan, **services))


def of(verdict, title):
    return next(finding for finding in verdict.findings if finding.title == title)


def test_a_canary_with_cold_caches_passes_against_a_control_as_cold_while_the_baseline_is_warm():
    verdict = judged(WITH_CONTROL, canary=cold, control=cold)
    finding = of(verdict, CRITERIA[0])
    assert finding.outcome is Outcome.PASS
    assert "against the control" in finding.reason
    assert verdict.outcome is not Outcome.FAIL
    assert verdict.requests == {"baseline": 57_600, "canary": 19_200, "control": 19_200}
    assert not [finding for finding in verdict.findings if finding.id == NO_CONTROL.id]


def test_without_a_control_the_same_canary_fails_and_the_verdict_names_what_may_explain_it():
    verdict = judged(TARGETS, canary=cold)
    assert verdict.outcome is Outcome.FAIL
    [note] = [finding for finding in verdict.findings if finding.id == NO_CONTROL.id]
    assert note.outcome is Outcome.PASS
    assert "cold caches" in note.reason
    assert "`control`" in note.reason


def test_a_canary_slower_than_its_control_fails_however_slow_the_baseline_is():
    def slower(rng, due_s):
        return cold(rng, due_s, slower=1.4)

    verdict = judged(WITH_CONTROL, canary=slower, control=cold, baseline=lognormal(scale=3.0))
    finding = of(verdict, CRITERIA[0])
    assert finding.outcome is Outcome.FAIL
    assert finding.baseline < 100
    assert not [finding for finding in verdict.findings if finding.id == NO_CONTROL.id]


def test_a_healthy_canary_has_no_note():
    assert not [finding for finding in judged(TARGETS).findings if finding.id == NO_CONTROL.id]


PROBES = {"metrics": "/metrics", "interval": "2s"}


def notes_of_replaced(restarts):
    plan = plan_of(["error rate < 5%"], targets=TARGETS, probes=PROBES)
    verdict = judge_stage(plan, simulate(plan, conditions=Conditions(restarts=restarts)))
    assert verdict.outcome is Outcome.PASS
    return {note.id: note for note in verdict.findings if note.id.startswith("note:replaced")}


def test_a_process_that_is_replaced_in_mid_stage_is_noted_for_each_variant_and_fails_nothing():
    notes = notes_of_replaced(lambda into_s: int(into_s >= 60))
    assert notes.keys() == {"note:replaced-baseline", "note:replaced-canary"}
    assert (
        "process was replaced 1 time in the stage, first seen 1 min into it"
        in notes["note:replaced-canary"].reason
    )


def test_processes_that_stay_or_were_replaced_before_the_stage_or_cannot_be_told_are_not_noted():
    for restarts in (lambda _: 0, lambda _: 3, lambda _: None):
        assert notes_of_replaced(restarts) == {}


def notes_of_one_version(targets, **more):
    conditions = more.pop("conditions", Conditions())
    plan = plan_of(["error rate < 5%"], targets=targets, probes=PROBES, **more)
    verdict = judge_stage(plan, simulate(plan, conditions=conditions))
    assert verdict.outcome is Outcome.PASS
    return {note.id: note.reason for note in verdict.findings if note.id.startswith("note:same")}


def test_a_canary_at_the_address_of_the_baseline_is_noted():
    here = "http://shop.example"
    notes = notes_of_one_version(
        {"baseline": here, "canary": "http://SHOP.example"}, allow_hosts=["shop.example"]
    )
    assert notes.keys() == {"note:same-as-baseline"}
    assert "The canary and the baseline have the same address: one" in notes["note:same-as-baseline"]


def test_one_name_that_the_plan_resolves_by_variant_is_two_addresses():
    here = "http://shop.example"
    resolve = {"shop.example": {"baseline": "10.0.0.1", "canary": "10.0.0.2"}}
    targets = {"baseline": here, "canary": here}
    assert notes_of_one_version(targets, allow_hosts=["shop.example"], resolve=resolve) == {}


def test_variants_whose_process_has_the_same_start_and_memory_are_noted_as_one():
    one = Conditions(started_epoch_s=lambda _: 1.7e9)
    assert (
        "report the same start and memory of their process"
        in notes_of_one_version(TARGETS, conditions=one)["note:same-as-baseline"]
    )
    for starts in ({"baseline": 1.7e9}.get, lambda variant: 1.7e9 + len(variant)):
        assert notes_of_one_version(TARGETS, conditions=Conditions(started_epoch_s=starts)) == {}


def test_two_processes_that_were_started_together_are_not_noted_as_one():
    together = Conditions(started_epoch_s=lambda _: 1.7e9, baseline_memory_bytes=lambda _: 200.004096e6)
    assert notes_of_one_version(TARGETS, conditions=together) == {}
