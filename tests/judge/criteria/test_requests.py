"""Criteria about requests: by blocks, by endpoint, and each clock by its own series."""

from dataclasses import replace

import pytest

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.plan.criteria.measure import Clock
from harness.record.events.stage import LoadTestErrors
from harness.record.histograms.clocks import CLOCKS
from tests.judge.judged import REQUESTS, finding, outcome_of
from tests.judge.looks import first_trigger
from tests.judge.simulator import (
    ENDPOINT,
    Conditions,
    constant,
    cut_short,
    lognormal,
    plan_of,
    refusing_from,
    simulate,
)

BOTH = {"baseline": 0.5, "canary": 0.5}
HALF = Conditions(first_byte=BOTH)
CRITERIA = ("p95 {} < {}ms", "mean {} < {}ms", "max {} < {}ms")
CRITICAL = {"ttfb p95": {"warning": "> 100ms", "critical": "> 200ms"}}


def judged(text, conditions, levels=None, **services):
    plan = plan_of([text], **({"levels": levels} if levels else {}))
    verdict = judge_stage(plan, simulate(plan, conditions=conditions, **services))
    return verdict.outcome, verdict.findings


def test_every_clock_has_a_series_of_its_own():
    assert set(CLOCKS) == set(Clock)
    assert len({span.kind for span in CLOCKS.values()}) == len(CLOCKS)


@pytest.mark.parametrize("criterion", CRITERIA)
def test_a_criterion_on_the_first_byte_is_judged_by_the_first_byte(criterion):
    services = {"canary": constant(0.2), "baseline": constant(0.1)}
    for limit_ms, outcome in ((110, Outcome.PASS), (90, Outcome.FAIL)):
        _, findings = judged(criterion.format("ttfb", limit_ms), HALF, **services)
        assert findings[0].outcome is outcome
        assert findings[0].observed == pytest.approx(100, rel=0.01)


def test_a_relative_criterion_on_the_first_byte_compares_first_bytes():
    slower = Conditions(first_byte={"baseline": 0.2, "canary": 0.3})
    text = "p95 ttfb < baseline + 20%"
    assert judged(text, HALF)[1][0].outcome is Outcome.PASS
    assert judged(text, slower)[1][0].outcome is Outcome.FAIL
    assert judged("p95 < baseline + 20%", slower)[1][0].outcome is Outcome.PASS


@pytest.mark.parametrize(
    "text",
    [*(criterion.format("ttfb", 90) for criterion in CRITERIA), "p95 ttfb < baseline + 10%"],
)
@pytest.mark.parametrize("known", [{}, {"baseline": 0.5}])
@pytest.mark.parametrize("service", [constant(5.0), lognormal(error_rate=0.5, scale=0.1)])
def test_a_criterion_on_a_clock_that_was_not_read_is_judged_by_no_other(text, known, service):
    _, findings = judged(text, Conditions(first_byte=known), canary=service)
    assert findings[0].outcome is Outcome.INCONCLUSIVE
    assert findings[0].observed is None
    assert "Time to first byte was recorded for" in findings[0].reason


def test_a_critical_level_on_a_clock_that_was_not_read_is_inconclusive_and_a_trigger_does_not_fire():
    slow = constant(0.9)
    outcome, findings = judged("error rate < 1%", Conditions(), CRITICAL, canary=slow, baseline=slow)
    assert outcome is Outcome.INCONCLUSIVE
    assert any(each.outcome is Outcome.INCONCLUSIVE and "first byte" in each.reason for each in findings)
    plan = plan_of(["error rate < 1%"], rollback=["p95 ttfb > 100ms for 10s"])
    assert first_trigger(plan, simulate(plan, canary=slow)) is None


def test_levels_and_triggers_on_the_first_byte_see_it():
    service = constant(0.9)
    _, findings = judged("error rate < 1%", HALF, CRITICAL, canary=service)
    assert any(each.outcome is Outcome.FAIL and "ttfb p95" in each.criterion for each in findings)
    plan = plan_of(["error rate < 1%"], rollback=["p95 ttfb > 400ms for 10s"])
    assert first_trigger(plan, simulate(plan, canary=service, conditions=HALF)).at_s == 10.0
    assert first_trigger(plan, simulate(plan, conditions=HALF)) is None


@pytest.mark.parametrize(
    ("canary", "broken"),
    [
        (lognormal(error_rate=0.03), "error rate < 1%"),
        (lognormal(scale=5.0), "p95 < 150ms"),
        (lognormal(scale=1.5), "p95 <= baseline + 20%"),
        (refusing_from(0.0, lognormal()), "throughput > 150/s"),
        (refusing_from(60.0, lognormal()), "error rate < 1%"),
    ],
)
def test_a_bad_canary_fails_the_criterion_it_breaks(canary, broken):
    plan = plan_of(REQUESTS)
    verdict = judge_stage(plan, simulate(plan, canary=canary))
    assert verdict.outcome is Outcome.FAIL
    assert finding(verdict, broken).outcome is Outcome.FAIL


def test_every_reason_names_what_was_observed_and_the_limit():
    plan = plan_of(REQUESTS)
    for each in judge_stage(plan, simulate(plan, canary=lognormal(scale=4.0))).findings[:4]:
        assert f"{each.limit:g}" in each.reason
        assert f"{each.observed:.3g}"[:3] in each.reason
        assert each.lower <= each.observed <= each.upper


@pytest.mark.parametrize("text", ["mean < 100ms", "max < 5s", "service p95 < 150ms", "service mean < 1s"])
def test_other_latencies_are_judged_the_same_way(text):
    assert outcome_of(text).outcome is Outcome.PASS
    assert outcome_of(text, canary=constant(6.0)).outcome is Outcome.FAIL


@pytest.mark.parametrize("text", ["p95 <= baseline + 5ms", "mean <= baseline + 20%", "p50 < baseline + 20%"])
def test_differences_from_the_baseline_are_found_in_time_and_in_proportion(text):
    assert outcome_of(text).outcome is Outcome.PASS
    assert outcome_of(text, canary=lognormal(scale=1.6)).outcome is Outcome.FAIL


def test_a_relative_error_rate_is_judged_in_percentage_points_with_the_plans_margin():
    plan = plan_of(["error rate <= baseline"], judge={"block": "4s", "warmup": "4s", "error_margin": "0.5%"})
    flaky = lognormal(error_rate=0.02)
    assert (
        outcome_of("error rate <= baseline", plan, canary=flaky, baseline=flaky).outcome is not Outcome.FAIL
    )
    assert outcome_of("error rate <= baseline", plan).outcome is Outcome.PASS
    worse = outcome_of("error rate <= baseline", plan, canary=flaky)
    assert worse.outcome is Outcome.FAIL
    assert worse.limit == pytest.approx(0.5)
    assert worse.unit == "pp"


def test_a_criterion_of_one_endpoint_judges_its_requests_only():
    stage = {
        "name": "canary",
        "weight": "50%",
        "duration": "120s",
        "interval": "2s",
        "criteria": ["p95 < 1s"],
    }
    endpoints = {ENDPOINT: ["p95 < 150ms"], "GET /nowhere": ["p95 < 150ms"]}
    plan = plan_of([], stages=[{**stage, "endpoints": endpoints}])
    verdict = judge_stage(plan, simulate(plan))
    assert finding(verdict, f"{ENDPOINT}: p95 < 150ms").outcome is Outcome.PASS
    assert finding(verdict, "GET /nowhere: p95 < 150ms").outcome is Outcome.INCONCLUSIVE


def test_a_late_generator_makes_slowness_invalid_but_errors_stand():
    plan = plan_of(REQUESTS)
    late = Conditions(hub_lateness_s=0.2)
    slow = judge_stage(plan, simulate(plan, conditions=late, canary=lognormal(scale=5.0)))
    assert slow.outcome is Outcome.INVALID
    assert finding(slow, "p95 < 150ms").outcome is Outcome.INVALID
    flaky = judge_stage(plan, simulate(plan, conditions=late, canary=lognormal(error_rate=0.05)))
    assert finding(flaky, "error rate < 1%").outcome is Outcome.FAIL
    assert flaky.outcome is Outcome.FAIL


def test_a_criterion_that_a_look_found_broken_shows_the_figures_of_that_moment():
    plan = plan_of(["error rate < 1%"], duration="600s")
    evidence = simulate(plan, canary=lognormal(error_rate=0.04))
    [cut, *_] = judge_stage(plan, cut_short(evidence, 260.0)).findings
    [whole, *_] = judge_stage(plan, evidence).findings
    assert cut.outcome is whole.outcome is Outcome.FAIL
    assert 120 <= cut.decided_at_s == whole.decided_at_s < 260
    assert (cut.observed, cut.lower, cut.upper) == (whole.observed, whole.lower, whole.upper)
    assert cut.lower > cut.limit
    assert "but had to be below 1%. It was broken 3" in cut.reason
    assert whole.reason.endswith("%.")


def test_a_stage_of_very_many_blocks_is_judged_in_pieces_and_its_last_part_in_blocks():
    texts = [
        "p95 < 150ms",
        "error rate < 1%",
        "p95 < baseline + 20%",
        "p95 < 150ms for 1m",
        "throughput > 50/s",
    ]
    plan = plan_of(
        texts, duration="1900s", rate="120/s", judge={"block": "4s", "warmup": "4s", "min_blocks": 80}
    )
    whole, wrong, compared, last, _ = judge_stage(plan, simulate(plan)).findings[:5]
    assert {each.outcome for each in (whole, wrong, compared, last)} == {Outcome.PASS}
    assert 80 <= whole.blocks < 160
    assert whole.n == wrong.n == 1896 * 60
    assert (last.blocks, last.n) == (15, 60 * 60)


def test_what_happens_in_the_last_seconds_of_a_long_stage_counts():
    plan = plan_of(["error rate < 0.1%"], duration="1900s", rate="120/s")
    late = judge_stage(plan, simulate(plan, canary=refusing_from(1890.0, lognormal())))
    assert late.findings[0].observed == pytest.approx(100 * 10 / 1896, rel=0.01)


@pytest.mark.parametrize(("mistakes", "outcome"), [(0, Outcome.FAIL), (40_000, Outcome.INCONCLUSIVE)])
def test_requests_that_the_load_test_failed_to_send_are_no_missing_throughput(mistakes, outcome):
    plan = plan_of(["throughput > 199/s"], rollback=["throughput < 199/s for 10s"])
    evidence = simulate(plan, canary=refusing_from(0.0, lognormal()))
    error = LoadTestErrors(
        t_s=1.0,
        stage=plan.stages[0].name,
        blame="load test",
        kind="KeyError",
        where="users.py:7",
        count=mistakes,
    )
    evidence = replace(evidence, events=(*evidence.events, *[error] * bool(mistakes)))
    verdict = judge_stage(plan, evidence)
    assert any(each.kind == "trigger" for each in verdict.findings) == (not mistakes)
    found = finding(verdict, "throughput > 199/s")
    assert found.outcome is outcome
    assert ("The load test sent only" in found.reason) == bool(mistakes)


@pytest.mark.parametrize(("limit", "outcome"), [("150/s", Outcome.PASS), ("500/s", Outcome.INCONCLUSIVE)])
def test_a_replay_that_offers_less_than_a_limit_on_throughput_accuses_nobody(limit, outcome):
    plan = plan_of([f"throughput > {limit}"], load={"replay": "access.log"})
    evidence = replace(simulate(plan_of(["error rate < 1%"])), stage=plan.stages[0])
    verdict = judge_stage(plan, evidence)
    assert finding(verdict, f"throughput > {limit}").outcome is outcome
    if outcome is Outcome.INCONCLUSIVE:
        assert "the plan offers only 200/s" in finding(verdict, f"throughput > {limit}").reason.lower()
