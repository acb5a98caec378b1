"""Stages in which nothing works on either variant."""

from dataclasses import replace

import pytest

from harness.judge.outcome import Outcome
from harness.judge.run import judge_run
from harness.judge.stage import judge_stage
from harness.judge.validity.responses.common_failure import UNWELL, WORKS, hopeless
from harness.judge.view import StageView
from harness.record.events.stage import RequestErrors
from tests.judge.judged import finding
from tests.judge.simulator import cut_short, lognormal, plan_of, refusing_from, run_of, simulate

BROKEN = {"baseline": lognormal(error_rate=1.0), "canary": lognormal(error_rate=1.0)}
CRITERIA = ["error rate < 1%", "p95 < 150ms", "p95 <= baseline + 10%", "no performance degradation"]


def as_not_found(event):
    """Give the failures of an event the kind of a wrong path."""
    is_of_failures = isinstance(event, RequestErrors)
    return replace(event, endpoint="GET /task", kind="HTTP 404") if is_of_failures else event


def test_a_stage_in_which_all_fails_on_both_variants_is_invalid_within_seconds():
    plan = plan_of(CRITERIA)
    ended = cut_short(simulate(plan, **BROKEN), 16.0)
    (lost,) = hopeless(StageView(plan, ended))
    assert lost.at_s == 14.0
    verdict = judge_stage(plan, ended)
    assert verdict.outcome is Outcome.INVALID
    assert finding(verdict, WORKS).decided_at_s == 14.0
    assert finding(verdict, "every arrival accounted for").outcome is Outcome.PASS


def test_the_failure_that_both_share_is_the_reason():
    plan = plan_of(CRITERIA)
    evidence = simulate(plan, **BROKEN)
    evidence = replace(evidence, events=tuple(map(as_not_found, evidence.events)))
    assert judge_run(run_of(plan, [evidence])).reason == (
        "Stage canary cannot be trusted. 14 s into the stage more than 90% of both variants' requests "
        "failed: both variants respond to GET /task with HTTP 404. Is the load test right?"
    )


def test_a_canary_that_alone_fails_is_still_failed():
    plan = plan_of(CRITERIA)
    verdict = judge_stage(plan, simulate(plan, canary=lognormal(error_rate=1.0)))
    assert verdict.outcome is Outcome.FAIL
    assert WORKS.id not in {each.id for each in verdict.findings}


def test_an_outage_of_both_in_mid_stage_does_not_end_it():
    plan = plan_of(CRITERIA)
    both = refusing_from(60.0, lognormal())
    assert list(hopeless(StageView(plan, simulate(plan, canary=both, baseline=both)))) == []


def notes_of_failing(baseline, canary):
    plan = plan_of(["error rate < 20%"])
    services = {"baseline": lognormal(error_rate=baseline), "canary": lognormal(error_rate=canary)}
    verdict = judge_stage(plan, simulate(plan, **services))
    assert verdict.outcome is Outcome.PASS
    return [found.reason for found in verdict.findings if found.id == UNWELL.id]


def test_a_baseline_that_fails_far_more_than_the_canary_is_noted():
    (reason,) = notes_of_failing(baseline=0.5, canary=0.0)
    assert "of the baseline's requests failed, against 0% of the canary's" in reason
    assert "look at the baseline" in reason


@pytest.mark.parametrize(("baseline", "canary"), [(0.0, 0.0), (0.08, 0.08), (0.005, 0.0)])
def test_a_baseline_that_fails_about_as_often_is_not_spoken_of(baseline, canary):
    assert notes_of_failing(baseline, canary) == []
