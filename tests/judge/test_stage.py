"""The verdict on a stage: simulated evidence in, findings out."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.judge import Outcome, Subject, judge_stage
from harness.judge.stage import GROSS_REGRESSION
from harness.judge.validity.accounts import ACCOUNTED, SPLIT
from harness.judge.validity.generator import DELIVERED, ON_TIME
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT, Kind, Tag
from tests.judge.simulator import (
    ENDPOINT,
    STARTED_S,
    Conditions,
    constant,
    cut_short,
    lognormal,
    plan_of,
    refusing_from,
    simulate,
    without_probes,
)

PROBES = {
    "health": "/health",
    "metrics": "/metrics",
    "prometheus": {"url": "http://127.0.0.1:9091", "alerts": 'severity="critical"'},
}
REQUESTS = ("error rate < 1%", "p95 < 150ms", "p95 <= baseline + 20%", "throughput > 150/s")
SYSTEM = ("no critical alerts", "health checks passing", "system stable", "cpu < 80%", "memory < 1GB")


def finding(verdict, criterion):
    """Return a finding by what it is called or by what it is about."""
    title = criterion.title if isinstance(criterion, Subject) else criterion
    return next(each for each in verdict.findings if each.title == title)


CALM = Conditions()
FAST = {"block": "4s", "warmup": "4s"}


def outcome_of(criterion, plan=None, conditions=CALM, **services):
    plan = plan or plan_of([criterion], probes=PROBES)
    return finding(judge_stage(plan, simulate(plan, conditions=conditions, **services)), criterion)


def test_a_good_canary_passes_every_criterion():
    plan = plan_of([*REQUESTS, *SYSTEM], probes=PROBES)
    verdict = judge_stage(plan, simulate(plan))
    assert verdict.outcome is Outcome.PASS
    assert {each.outcome for each in verdict.findings} == {Outcome.PASS}
    assert verdict.requests == {"baseline": 12_000, "canary": 12_000}
    assert verdict.achieved_rate == pytest.approx(verdict.planned_rate)
    assert verdict.lateness_us["p99"] == 400


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
    assert worse.unit == "%"


def test_no_performance_degradation_compares_percentiles_and_errors():
    judge = {"block": "4s", "warmup": "4s", "tolerance": "20%", "error_margin": "0.5%"}
    plan = plan_of(["no performance degradation"], judge=judge, rate="600/s")
    name = "no performance degradation"
    assert outcome_of(name, plan).outcome is Outcome.PASS
    assert outcome_of(name, plan, canary=lognormal(scale=1.5)).outcome is Outcome.FAIL
    assert outcome_of(name, plan, canary=lognormal(error_rate=0.03)).outcome is Outcome.FAIL


def test_relative_criteria_say_that_the_last_stage_has_no_baseline():
    plan = plan_of(["p95 < baseline + 10%", "no performance degradation"], weight="100%")
    for each in judge_stage(plan, simulate(plan)).findings[:2]:
        assert each.outcome is Outcome.INCONCLUSIVE
        assert "no baseline" in each.reason


def test_a_short_stage_says_how_many_requests_are_missing():
    plan = plan_of(["error rate < 0.1%"], rate="40/s")
    short = outcome_of("error rate < 0.1%", plan)
    assert short.outcome is Outcome.INCONCLUSIVE
    # 40/s, half of them canary, 116 s after the warm-up: 2,320 of the 2,995 a pass needs.
    assert "675 more requests" in short.reason


def test_a_short_stage_says_how_many_blocks_are_missing():
    plan = plan_of(["p95 < 150ms", "p95 < baseline + 50%"], duration="20s")
    verdict = judge_stage(plan, simulate(plan))
    assert "2 more blocks" in finding(verdict, "p95 < 150ms").reason
    assert "more blocks" in finding(verdict, "p95 < baseline + 50%").reason
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_a_promise_for_longer_than_the_stage_is_not_decided():
    kept = outcome_of("p95 < 150ms for 1m")
    assert kept.outcome is Outcome.PASS
    assert kept.n == 200 * 60 / 2
    assert outcome_of("p95 < 150ms for 1h").outcome is Outcome.INCONCLUSIVE
    assert outcome_of("stable for 1h").outcome is Outcome.INCONCLUSIVE
    assert outcome_of("stable for 1m").outcome is Outcome.PASS


def test_a_rate_the_plan_does_not_offer_is_nobodys_failure():
    beyond = outcome_of("throughput > 500/s")
    assert beyond.outcome is Outcome.INCONCLUSIVE
    assert "offers only 200/s" in beyond.reason


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


# -- what the probes saw ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", SYSTEM)
def test_system_criteria_without_their_probes_are_inconclusive_and_say_what_to_configure(text):
    blind = outcome_of(text, plan_of([text]))
    assert blind.outcome is Outcome.INCONCLUSIVE
    assert "onfigure `probes" in blind.reason


@pytest.mark.parametrize(
    ("text", "conditions"),
    [
        ("no critical alerts", Conditions(firing=lambda s: ["DiskFull"] if s > 60 else [])),
        ("health checks passing", Conditions(healthy=lambda s: s != 60.0)),
        ("system stable", Conditions(restarts=lambda s: int(s > 60))),
        ("system stable", Conditions(memory_bytes=lambda s: 1e8 * (1 + s / 100))),
        ("stable for 1m", Conditions(healthy=lambda s: s != 60.0)),
        ("cpu < 80%", Conditions(cpu=0.9)),
        ("memory < 1GB", Conditions(memory_bytes=lambda s: 2e9 if s == 60.0 else 1e8)),
    ],
)
def test_what_the_probes_saw_fails_the_criterion(text, conditions):
    assert outcome_of(text, conditions=conditions).outcome is Outcome.FAIL


def test_a_slowing_canary_is_not_stable():
    plan = plan_of(["system stable"], probes=PROBES)

    def slowing(rng, due_s):
        times_s, ok = lognormal()(rng, due_s)
        return times_s * (1 + due_s / 120), ok

    unstable = outcome_of("system stable", plan, canary=slowing)
    assert unstable.outcome is Outcome.FAIL
    assert "Growth of the canary's p95" in unstable.reason


@pytest.mark.parametrize("text", SYSTEM)
def test_any_silence_of_the_probes_is_inconclusive(text):
    plan = plan_of([text], probes=PROBES)
    evidence = simulate(plan)
    for gone_s in (15.0, 65.0):
        rest = tuple(
            probe
            for probe in evidence.probes
            if probe["kind"] == "generator" or abs(probe["t_s"] - gone_s) > 12
        )
        verdict = judge_stage(plan, replace(evidence, probes=rest))
        assert finding(verdict, text).outcome is Outcome.INCONCLUSIVE


def test_memory_and_cpu_compare_with_the_baseline():
    assert outcome_of("memory < baseline + 10%").outcome is Outcome.PASS
    assert outcome_of("cpu <= baseline + 5%").outcome is Outcome.PASS


LEVELS = {
    "p95": {"warning": "> 30ms", "critical": "> 200ms"},
    "memory": {"warning": "> 500MB", "critical": "> 1GB"},
}


def test_a_critical_level_fails_the_stage_and_a_warning_only_says_so():
    plan = plan_of(["error rate < 1%"], levels=LEVELS, probes=PROBES)
    warned = judge_stage(plan, simulate(plan))
    assert warned.outcome is Outcome.PASS
    assert finding(warned, "warning: p95 > 30ms").outcome is Outcome.PASS
    leak = Conditions(memory_bytes=lambda _s: 1.2e9)
    broken = judge_stage(plan, simulate(plan, conditions=leak))
    assert finding(broken, "critical: memory > 1GB").outcome is Outcome.FAIL
    assert broken.outcome is Outcome.FAIL


ALERTS = "no critical alerts"
NO_SERVER = {"metrics": "/metrics"}


def test_critical_levels_alone_are_enough_evidence_of_no_critical_alert():
    plan = plan_of([ALERTS], levels=LEVELS, probes=NO_SERVER)
    assert outcome_of(ALERTS, plan).outcome is Outcome.PASS
    leak = Conditions(memory_bytes=lambda _s: 1.2e9)
    assert outcome_of(ALERTS, plan, leak).outcome is Outcome.FAIL


def test_with_alerts_and_critical_levels_both_must_be_calm():
    plan = plan_of([ALERTS], levels=LEVELS, probes=PROBES)
    assert outcome_of(ALERTS, plan).outcome is Outcome.PASS
    assert outcome_of(ALERTS, plan, Conditions(firing=lambda _s: ["DiskFull"])).outcome is Outcome.FAIL
    unlooked = judge_stage(plan, without_probes(simulate(plan), "alerts"))
    assert finding(unlooked, ALERTS).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("levels", [{}, {"p95": {"warning": "> 30ms"}}, {"memory": {"critical": "> 1GB"}}])
def test_no_critical_alert_is_inconclusive_where_nobody_looks(levels):
    found = outcome_of(ALERTS, plan_of([ALERTS], levels=levels))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "critical `levels`" in found.reason
    assert "`probes.prometheus.alerts`" in found.reason


def test_a_level_nobody_could_see_is_inconclusive_when_the_plan_asked_for_it():
    plan = plan_of(["error rate < 1%"], levels=LEVELS, probes=PROBES)
    verdict = judge_stage(plan, without_probes(simulate(plan), "metrics"))
    assert verdict.outcome is Outcome.INCONCLUSIVE


DEGRADATION = "no performance degradation"


def sentences(reason):
    return re.findall(r"[^.]+(?:\.\d[^.]*)*\.", reason)


@pytest.mark.parametrize(
    ("canary", "duration", "says"),
    [
        (lognormal(), "120s", r"Within what is allowed against the baseline: p50 [+-].*%.*, p95 .*, p99 .*"),
        (
            lognormal(scale=2.0),
            "120s",
            r"Worse than allowed against the baseline: p50 \+1.*% \(limit \+10%\), p95",
        ),
        (lognormal(), "40s", r"Not decided against the baseline: .* 9; 11 more blocks needed"),
    ],
)
def test_the_reason_of_no_performance_degradation_is_two_sentences_at_most(canary, duration, says):
    plan = plan_of([DEGRADATION], duration=duration, judge={**FAST, "error_margin": "1%"})
    found = outcome_of(DEGRADATION, plan, canary=canary)
    assert re.match(says, found.reason)
    assert len(sentences(found.reason)) <= 2


# -- the generator and the evidence itself -----------------------------------------------------------------


def test_a_late_generator_makes_slowness_invalid_but_errors_stand():
    plan = plan_of(REQUESTS)
    late = Conditions(hub_lateness_s=0.2)
    slow = judge_stage(plan, simulate(plan, conditions=late, canary=lognormal(scale=5.0)))
    assert slow.outcome is Outcome.INVALID
    assert finding(slow, "p95 < 150ms").outcome is Outcome.INVALID
    flaky = judge_stage(plan, simulate(plan, conditions=late, canary=lognormal(error_rate=0.05)))
    assert finding(flaky, "error rate < 1%").outcome is Outcome.FAIL
    assert flaky.outcome is Outcome.FAIL


def test_a_generator_out_of_cpu_is_invalid_and_one_that_hides_it_is_not_a_pass():
    plan = plan_of(REQUESTS)
    assert finding(
        judge_stage(plan, simulate(plan, conditions=Conditions(generator_cpu=0.99))), ON_TIME
    ).outcome == (Outcome.INVALID)
    silent = judge_stage(plan, simulate(plan, conditions=Conditions(generator_cpu=None)))
    assert silent.outcome is Outcome.INCONCLUSIVE


def with_finished(evidence, **changes):
    return replace(evidence, finished={**evidence.finished, **changes})


def test_load_that_was_not_delivered_is_invalid_while_slowness_stands():
    plan = plan_of(REQUESTS)
    evidence = simulate(plan, canary=lognormal(scale=5.0))
    sparse = [
        replace(
            each, histograms={**each.histograms, LATENESS_SENT: Histogram.of_values(np.full(300, 9e5))[0]}
        )
        for each in evidence.intervals
    ]
    verdict = judge_stage(plan, replace(evidence, intervals=tuple(sparse)))
    assert finding(verdict, DELIVERED).outcome is Outcome.INVALID
    assert finding(verdict, "p95 < 150ms").outcome is Outcome.FAIL
    assert verdict.outcome is Outcome.FAIL


def test_a_split_off_by_more_than_a_block_is_invalid():
    plan = plan_of(REQUESTS)
    evidence = simulate(plan)
    by_variant = {
        "baseline": {"due": 12_010, "completed": 12_010, "failed": 0, "dropped": 0, "open": 0},
        "canary": {"due": 11_990, "completed": 11_990, "failed": 0, "dropped": 0, "open": 0},
    }
    verdict = judge_stage(plan, with_finished(evidence, by_variant=by_variant))
    assert finding(verdict, SPLIT).outcome is Outcome.INVALID


def test_a_request_that_was_written_is_missed_though_its_arrival_sent_others():
    plan = plan_of(REQUESTS)
    several = with_finished(simulate(plan), requests={"baseline": 12_000, "canary": 12_001})
    missed = finding(judge_stage(plan, several), ACCOUNTED)
    assert missed.outcome is Outcome.INVALID
    assert missed.reason == "12,001 requests of the canary were written, and the histograms hold 12,000."


def test_a_router_may_split_at_random_but_not_otherwise():
    targets = {"ingress": "http://127.0.0.1:10000", "variant_header": "x-variant"}
    routed = plan_of(REQUESTS, targets=targets)
    assert finding(judge_stage(routed, simulate(routed)), SPLIT).outcome is Outcome.PASS
    wrong = plan_of(REQUESTS, targets=targets, weight="25%")
    evidence = replace(simulate(plan_of(REQUESTS)), stage=wrong.stages[0])
    assert finding(judge_stage(wrong, evidence), SPLIT).outcome is Outcome.INVALID


def test_a_fired_trigger_is_a_failure():
    plan = plan_of(REQUESTS)
    fired = {"t_s": 60.0, "event": "trigger_fired", "stage": "canary", "trigger": "error rate > 10% for 1m"}
    evidence = simulate(plan)
    verdict = judge_stage(plan, replace(evidence, events=(*evidence.events, fired)))
    assert finding(verdict, "error rate > 10% for 1m").outcome is Outcome.FAIL


def test_what_would_have_come_after_a_trigger_of_the_run_is_not_missed():
    plan, trigger = plan_of(REQUESTS), "lag > 3 for 1m"
    fired = {"t_s": STARTED_S + 60.0, "event": "trigger_fired", "stage": "canary", "trigger": trigger}
    cut = cut_short(simulate(plan), 60.0)
    cut = replace(cut, events=(*cut.events, fired))
    verdict = judge_stage(plan, cut)
    assert finding(verdict, trigger).outcome is Outcome.FAIL
    assert {finding(verdict, name).outcome for name in (ACCOUNTED, DELIVERED)} == {Outcome.PASS}
    less = judge_stage(plan, replace(cut, intervals=cut.intervals[:-1]))
    assert finding(less, ACCOUNTED).outcome is Outcome.INVALID


def test_the_achieved_rate_of_a_stage_that_was_cut_short_ends_with_its_load():
    plan = plan_of(REQUESTS)
    evidence = simulate(plan)
    half = {
        tag: Histogram([1000], [some.total // 2]) if some.total > 1 else some
        for tag, some in evidence.intervals[29].histograms.items()
    }
    torn = (*evidence.intervals[:29], replace(evidence.intervals[29], histograms=half))
    verdict = judge_stage(plan, cut_short(replace(evidence, intervals=torn), 60.0))
    assert verdict.achieved_rate == pytest.approx(verdict.planned_rate, rel=1e-3)


def test_a_promise_that_was_surely_broken_asks_for_no_more_evidence():
    plan = plan_of(["error rate < 1%"], duration="600s")
    evidence = simulate(plan, canary=lognormal(error_rate=0.04))
    [broken, *_] = judge_stage(plan, cut_short(evidence, 18.0)).findings
    assert broken.outcome is Outcome.FAIL
    assert broken.reason.endswith("but had to be below 1%. It was broken 18s into the stage.")


def test_a_gross_regression_fails_even_where_no_criterion_asks():
    plan = plan_of(["error rate < 1%"])
    verdict = judge_stage(plan, simulate(plan, canary=lognormal(scale=2.0)))
    assert finding(verdict, GROSS_REGRESSION).outcome is Outcome.FAIL


# -- nothing is ever gained by less evidence or a worse canary -----------------------------------------------

PLAN = plan_of([*REQUESTS, *SYSTEM], probes=PROBES)
GOOD = simulate(PLAN)
BAD = simulate(PLAN, canary=lognormal(error_rate=0.05))


def kept(interval, keep):
    return replace(interval, histograms={tag: some for tag, some in interval.histograms.items() if keep(tag)})


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, len(GOOD.intervals) - 1), min_size=1), st.booleans())
def test_taking_away_intervals_never_gives_a_pass(gone, good):
    evidence = GOOD if good else BAD
    rest = tuple(each for number, each in enumerate(evidence.intervals) if number not in gone)
    assert judge_stage(PLAN, replace(evidence, intervals=rest)).outcome is not Outcome.PASS


@settings(max_examples=40, deadline=None)
@given(
    st.sets(
        st.tuples(
            st.integers(0, len(GOOD.intervals) - 1),
            st.sampled_from(
                [
                    *(Tag(variant, kind, ENDPOINT) for variant in ("baseline", "canary") for kind in Kind),
                    LATENESS_HUB,
                    LATENESS_SENT,
                ]
            ),
        ),
        min_size=1,
        max_size=200,
    )
)
def test_taking_away_lines_never_gives_a_pass(gone):
    intervals = tuple(
        replace(
            each, histograms={tag: some for tag, some in each.histograms.items() if (number, tag) not in gone}
        )
        for number, each in enumerate(BAD.intervals)
    )
    assert judge_stage(PLAN, replace(BAD, intervals=intervals)).outcome is not Outcome.PASS


@pytest.mark.parametrize("variant", ["baseline", "canary"])
def test_taking_away_a_whole_variant_never_gives_a_pass(variant):
    intervals = tuple(
        replace(
            each, histograms={tag: some for tag, some in each.histograms.items() if tag.variant != variant}
        )
        for each in GOOD.intervals
    )
    assert judge_stage(PLAN, replace(GOOD, intervals=intervals)).outcome is not Outcome.PASS


@pytest.mark.parametrize("kind", ["generator", "health", "metrics", "alerts"])
def test_taking_away_a_kind_of_probe_never_gives_a_pass(kind):
    assert judge_stage(PLAN, without_probes(GOOD, kind)).outcome is not Outcome.PASS


@pytest.mark.parametrize(
    "change",
    [
        {"finished": None},
        {"started_s": None},
        {"problems": ("probes.jsonl:7: the last line is torn",)},
        {"intervals": ()},
        {"events": ({"t_s": 9.0, "event": "worker_lost"},)},
        {"events": ({"t_s": 9.0, "event": "interrupted", "signal": "SIGTERM"},)},
    ],
)
def test_damaged_evidence_is_invalid(change):
    verdict = judge_stage(PLAN, replace(GOOD, **change))
    assert verdict.outcome is Outcome.INVALID
    assert finding(verdict, ACCOUNTED).outcome is Outcome.INVALID


def test_an_arrival_that_vanished_is_invalid():
    verdict = judge_stage(PLAN, with_finished(GOOD, completed=23_999))
    assert finding(verdict, ACCOUNTED).outcome is Outcome.INVALID


@settings(max_examples=15, deadline=None)
@given(st.floats(0.8, 3.0), st.floats(0.8, 3.0), st.floats(0, 0.2), st.floats(0, 0.2), st.integers(0, 3))
def test_a_worse_canary_never_gets_a_better_outcome(scale, other_scale, errors, other_errors, seed):
    plan = plan_of(REQUESTS[:3])
    better = lognormal(scale=min(scale, other_scale), error_rate=min(errors, other_errors))
    worse = lognormal(scale=max(scale, other_scale), error_rate=max(errors, other_errors))
    one, other = (judge_stage(plan, simulate(plan, seed=seed, canary=each)) for each in (better, worse))
    assert other.outcome.rank >= one.outcome.rank


histograms = st.one_of(
    st.just(Histogram.empty()),
    st.lists(st.integers(1, 10**9), max_size=8).map(
        lambda values: Histogram.of_values(np.array(values, int))[0]
    ),
    st.builds(
        lambda index, count: Histogram([index], [count]), st.integers(0, 23_551), st.integers(1, 2**40)
    ),
)
tags = st.sampled_from(
    [Tag(variant, kind, ENDPOINT) for variant in ("baseline", "canary") for kind in Kind]
    + [LATENESS_HUB, LATENESS_SENT, Tag("stranger", "odd", "")]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.dictionaries(tags, histograms, max_size=6), max_size=60), st.data())
def test_any_windows_at_all_get_a_defined_verdict_without_a_pass(windows, data):
    intervals = tuple(
        replace(GOOD.intervals[0], start_s=2.0 * data.draw(st.integers(0, 61)), histograms=window)
        for window in windows
    )
    plan = plan_of([*REQUESTS, "mean < 1s", "max < 1s", "no performance degradation", "p99.9 < 1s"])
    verdict = judge_stage(plan, replace(GOOD, stage=plan.stages[0], intervals=intervals))
    assert verdict.outcome is not Outcome.PASS
    for each in verdict.findings:
        numbers = [each.observed, each.lower, each.upper, each.limit]
        assert all(number is None or np.isfinite(number) for number in numbers)


# -- the error budget --------------------------------------------------------------------------------------


def test_the_verdict_says_how_the_error_budget_was_divided():
    plan = plan_of(["error rate < 1%", "no performance degradation", "cpu < 80%"], probes=PROBES)
    budget = judge_stage(plan, simulate(plan)).error_budget
    assert (budget.alpha, budget.comparisons, budget.ends) == (0.01, 5, 1)
    assert budget.each_end * 5 + budget.each_look * 6 == pytest.approx(budget.alpha)


def test_a_stage_that_may_be_extended_shares_its_end_among_three():
    stage = {
        "name": "canary",
        "weight": "50%",
        "duration": "120s",
        "interval": "2s",
        "criteria": ["p95 < 1s"],
    }
    plan = plan_of([], stages=[{**stage, "on_inconclusive": "extend"}])
    verdict = judge_stage(plan, simulate(plan))
    assert verdict.outcome is Outcome.PASS
    assert verdict.error_budget.each_end == pytest.approx(0.01 / 2 / 3)


def test_an_extended_stage_is_judged_by_all_its_blocks_and_shares_its_end():
    plan = plan_of(["p95 < 1s"])
    longer = plan_of(["p95 < 1s"], duration="240s")
    verdict = judge_stage(plan, simulate(longer))
    assert verdict.outcome is Outcome.PASS
    assert verdict.findings[0].blocks == 59
    assert verdict.error_budget.ends == 2


# -- what a finding carries --------------------------------------------------------------------------------


FULL = plan_of(
    [*REQUESTS, *SYSTEM, "no performance degradation", "error rate <= baseline", "mean < 1s", "max < 5s"],
    probes=PROBES,
    levels=LEVELS,
    rollback=["error rate > 20% for 10s"],
)
OF_BLOCKS = ("error rate < 1%", "p95 < 150ms", "p95 <= baseline + 20%", "throughput > 150/s", "mean < 1s")


@pytest.mark.parametrize(
    ("canary", "conditions"),
    [
        (lognormal(), CALM),
        (lognormal(scale=2.0, error_rate=0.05), CALM),
        (refusing_from(60.0, lognormal()), CALM),
        (lognormal(scale=2.0), Conditions(hub_lateness_s=0.2)),
        (
            lognormal(),
            Conditions(healthy=lambda s: s != 60.0, firing=lambda s: ["DiskFull"] if s > 60 else []),
        ),
        (lognormal(), Conditions(restarts=lambda s: int(s > 60), memory_bytes=lambda _s: 2e9)),
    ],
)
def test_every_decided_finding_has_its_numbers_and_sentences(canary, conditions):
    verdict = judge_stage(FULL, simulate(FULL, canary=canary, conditions=conditions))
    for each in verdict.findings:
        assert each.reason.endswith(".")
        assert each.reason[0].isupper() or each.reason[0].isdigit()
        if each.outcome in (Outcome.PASS, Outcome.FAIL) and each.id != ON_TIME.id:
            assert each.observed is not None, each
            assert each.limit is not None, each
            assert each.n > 0, each
            low = -np.inf if each.lower is None else each.lower
            high = np.inf if each.upper is None else each.upper
            assert low <= each.observed <= high, each
    for criterion in OF_BLOCKS:
        found = finding(verdict, criterion)
        assert found.blocks == 29
        # A stage of a good and a bad half is too few independent requests to detect anything by their number.
        assert found.detectable is not None or found.lower < 0.001, found


@settings(max_examples=25, deadline=None)
@given(
    st.floats(1.0, 2.5),
    st.floats(0.0, 0.2),
    st.floats(0.0, 0.1),
    st.sampled_from([0.0, 0.001, 2.0]),
    st.integers(0, 3),
)
def test_adding_delay_or_failures_to_the_same_answers_never_gives_a_better_outcome(
    scale, delay_s, failing, fails_after_s, seed
):
    plan = plan_of(REQUESTS[:3])

    def better(rng, due_s):
        return lognormal(scale=scale)(rng, due_s)

    def worse(rng, due_s):
        times_s, ok = better(rng, due_s)
        unlucky = rng.random(len(due_s)) < failing
        return np.where(unlucky, fails_after_s or times_s, times_s + delay_s), ok & ~unlucky

    one, other = (judge_stage(plan, simulate(plan, seed=seed, canary=each)) for each in (better, worse))
    assert other.outcome.rank >= one.outcome.rank


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
