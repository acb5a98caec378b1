"""Every endpoint is looked at: one at which the canary is far worse is named."""

from dataclasses import replace

import pytest

from harness.judge.finding import FindingKind
from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from tests.acceptance.endpoints import evidence_of, twenty
from tests.acceptance.pods import Side, plan_of

PLAN = plan_of(["error rate < 2%"], minutes=10, per_s=1000, weight="50%")


def with_mode(mode):
    return PLAN.model_copy(update={"judge": PLAN.judge.model_copy(update={"endpoints": mode})})


def found(plan=PLAN, **slow):
    sides = twenty(1000, 0.5)
    baseline, canary = sides["/slow"]
    endpoints = {**sides, "/slow": (baseline, replace(canary, **slow))}
    some = {name: endpoints[name] for name in ("/slow", "/00", "/01", "/02")}
    findings = judge_stage(plan, evidence_of(plan, "S1", some, (5,))).findings
    return [each for each in findings if each.endpoint is not None]


def test_one_slow_endpoint_of_which_no_criterion_speaks_fails_the_stage_and_is_named():
    [slow] = found(scale=1.6)
    assert (slow.outcome, slow.kind, slow.endpoint) == (Outcome.FAIL, FindingKind.ENDPOINT, "/slow")
    assert slow.lower > slow.limit == pytest.approx(20)
    assert "p95 of /slow" in slow.reason


def test_one_failing_endpoint_is_found_by_its_errors():
    found_ones = found(error_rate=0.04)
    assert [each.measure for each in found_ones] == ["error rate"]
    assert found_ones[0].outcome is Outcome.FAIL
    assert found_ones[0].lower > found_ones[0].limit


def test_a_good_canary_has_no_finding_about_endpoints():
    assert found() == []


def test_a_plan_may_have_it_noted_or_not_looked_at():
    [noted] = found(with_mode("note"), scale=1.6)
    assert (noted.outcome, noted.kind) == (Outcome.PASS, FindingKind.NOTE)
    assert found(with_mode("off"), scale=1.6) == []


def test_an_endpoint_that_fails_alike_for_both_variants_accuses_nobody():
    common = {"/missing": (Side(10, 20.0, error_rate=1.0), Side(10, 20.0, error_rate=1.0))}
    endpoints = {**common, "/00": twenty(1000, 0.5)["/00"]}
    findings = judge_stage(PLAN, evidence_of(PLAN, "S1", endpoints, (5,))).findings
    assert not [each for each in findings if each.endpoint is not None]
