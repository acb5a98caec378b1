"""A locked baseline, and later runs held against it."""

import json
from dataclasses import replace

import pytest

from harness.judge.across_runs.lock import LockError, judge_locked, lock_of
from harness.judge.across_runs.lock_codec import lock_from_text, lock_to_text
from harness.judge.outcome import Outcome
from harness.judge.run import judge_run, with_findings
from tests.judge.simulator import Conditions, lognormal, plan_of, run_of, simulate

PLAN = plan_of(["p95 < 1s"], judge={"block": "4s", "warmup": "4s", "error_margin": "0.5%"})


def run(seed, plan=PLAN, **services):
    return run_of(plan, [simulate(plan, seed=seed, **services)])


LOCK = lock_of(run(1))


def against_lock(evidence):
    return {finding.measure: finding for finding in judge_locked(evidence, LOCK)["canary"]}


def test_a_baseline_like_the_locked_one_passes():
    found = against_lock(run(2))
    assert list(found) == ["p50", "p95", "p99", "error rate"]
    assert found["p50"].outcome is Outcome.PASS
    assert Outcome.FAIL not in {each.outcome for each in found.values()}


def test_a_slower_baseline_fails_whatever_the_canary_does():
    slow = run(2, baseline=lognormal(scale=1.3), canary=lognormal(scale=1.3))
    found = against_lock(slow)
    assert found["p95"].outcome is Outcome.FAIL
    assert found["p95"].observed == pytest.approx(30, abs=8)
    verdict = with_findings(judge_run(slow), slow, judge_locked(slow, LOCK))
    assert judge_run(slow).outcome is Outcome.PASS
    assert verdict.outcome is Outcome.FAIL
    assert "against the locked one" in verdict.reason


def test_more_errors_than_the_locked_baseline_fail():
    found = against_lock(run(2, baseline=lognormal(error_rate=0.03)))
    assert found["error rate"].outcome is Outcome.FAIL


def test_good_baselines_hardly_ever_fail_against_a_lock():
    outcomes = [each.outcome for seed in range(2, 32) for each in against_lock(run(seed)).values()]
    assert outcomes.count(Outcome.FAIL) == 0


def test_a_lock_is_read_back_as_it_was():
    assert lock_from_text(lock_to_text(LOCK)) == LOCK


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"rate": "300/s"}, "load of the baseline: 100/s in the locked baseline, 150/s in this run"),
        ({"weight": "25%"}, "load of the baseline: 100/s in the locked baseline, 150/s in this run"),
        ({"service": "other"}, "service: simulated in the locked baseline, other in this run"),
        (
            {"load": {"arrival_rate": "200/s", "arrivals": "poisson"}},
            "arrivals: constant in the locked baseline, poisson",
        ),
        ({"weight": "100%"}, "no stage of this run had a baseline"),
    ],
)
def test_a_run_under_other_load_is_refused_with_the_reason(change, why):
    plan = plan_of(["p95 < 1s"], **change)
    with pytest.raises(LockError, match=why):
        judge_locked(run(2, plan), LOCK)


def test_a_run_with_another_mix_is_refused():
    other = replace(LOCK.stages[0], mix={"GET /tasks": 0.8, "POST /tasks": 0.2})
    with pytest.raises(LockError, match="requests to `GET /tasks`: 80% in the locked baseline, 100%"):
        judge_locked(run(2), replace(LOCK, stages=(other,)))


def test_a_run_that_cannot_be_trusted_is_not_locked():
    late = run_of(PLAN, [simulate(PLAN, conditions=Conditions(hub_lateness_s=0.2))])
    with pytest.raises(LockError, match="generator's own lateness"):
        lock_of(late)


def test_a_run_without_a_baseline_is_not_locked():
    with pytest.raises(LockError, match="no stage of this run has a baseline"):
        lock_of(run(1, plan_of(["p95 < 1s"], weight="100%")))


DOCUMENT = json.loads(lock_to_text(LOCK))


def with_stage(**changes):
    return json.dumps({**DOCUMENT, "stages": [{**DOCUMENT["stages"][0], **changes}]})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "cannot be read"),
        ("[]", "not a JSON object"),
        (json.dumps({**DOCUMENT, "schema": 9}), "schema 9"),
        (json.dumps({**DOCUMENT, "stages": 1}), "not valid at stages"),
        (with_stage(percentiles={}), "has no p50"),
        (with_stage(design_effect=float("nan")), "NaN is not a number"),
        (with_stage(failed=10**9), "more failures than requests"),
        (with_stage(per_s=-1), "not valid at stages.0.per_s"),
    ],
)
def test_a_text_that_is_no_lock_is_refused_with_the_reason(text, why):
    with pytest.raises(LockError, match=why):
        lock_from_text(text)
