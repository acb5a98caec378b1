"""Failing early."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.judge.outcome import Outcome
from harness.judge.sequential.aggregate import GeneratorUsage, StageAggregate
from harness.judge.sequential.watch import GROSS_REGRESSION
from harness.judge.stage import judge_stage
from harness.judge.windows.design import StageDesign
from harness.judge.words import duration
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB
from tests.judge.looks import early_fail
from tests.judge.simulator import STARTED_S, Conditions, lognormal, plan_of, refusing_from, simulate

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
    assert f"broken {duration(moment.at_s)} into the stage" in judge_stage(plan, evidence).findings[0].reason


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
    assert fail.id == GROSS_REGRESSION.id
    # A tenth of the stage, twice, is what a disturbance may last.
    assert 120 + 2 * 24 < fail.at_s <= 180


def test_a_promise_about_the_last_part_waits_for_the_end():
    plan = plan_of(["p95 < 150ms for 30s"], weight="100%")
    assert early_fail(plan, simulate(plan, canary=lognormal(scale=8.0))) is None


def live(plan, evidence):
    """Look after every interval but the newest, as a run does; the first thing found."""
    aggregate = StageAggregate(StageDesign(plan, plan.stages[0]).longest)
    usage = GeneratorUsage("canary", evidence.started_s)
    for interval, begun in pairwise(evidence.intervals):
        usage.add(one for one in evidence.probes if begun.start_s <= one.t_s - STARTED_S < begun.start_s + 2)
        aggregate.take(interval, usage.until(interval.start_s + interval.length_s))
        if aggregate.watch.early_fail:
            return aggregate.watch.early_fail, begun
    return None, None


def first_buckets(histogram, share):
    indices, counts = histogram.sparse()
    return Histogram(indices[:share], counts[:share])


def cut_off(evidence, begun, more, share):
    """The stage as it is left when it ends in the middle of an interval, some time after it was known."""
    kept = [each for each in evidence.intervals if each.start_s <= begun.start_s + 2.0 * more]
    torn = {tag: first_buckets(h, share) for tag, h in kept[-1].histograms.items()}
    ends_s = STARTED_S + kept[-1].start_s + 2.0
    probes = tuple(probe for probe in evidence.probes if probe.t_s <= ends_s)
    return replace(evidence, intervals=(*kept[:-1], replace(kept[-1], histograms=torn)), probes=probes)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(CRITERIA),
    st.floats(1.0, 4.0),
    st.floats(0.0, 0.1),
    st.floats(0.0, 100.0),
    st.sampled_from([0.0003, 0.024, 0.2]),
    st.integers(0, 3),
    st.integers(0, 400),
    st.integers(1, 40),
)
def test_a_stage_cut_off_when_it_had_failed_is_found_to_have_failed_at_that_moment(
    criterion, scale, errors, onset_s, late_s, more, share, seed
):
    plan = plan_of([criterion])

    def worse(rng, due_s):
        times_s, ok = lognormal()(rng, due_s)
        bad_s, fine = lognormal(scale=scale, error_rate=errors)(rng, due_s)
        return np.where(due_s < onset_s, times_s, bad_s), np.where(due_s < onset_s, ok, fine)

    evidence = simulate(plan, seed=seed, conditions=Conditions(hub_lateness_s=late_s), canary=worse)
    found, begun = live(plan, evidence)
    if found is None:
        assert early_fail(plan, replace(evidence, intervals=evidence.intervals[:-1])) is None
        return
    verdict = judge_stage(plan, cut_off(evidence, begun, more, share))
    assert verdict.early_fail == found
    assert verdict.outcome in (Outcome.FAIL, Outcome.INVALID)


def test_a_generator_that_was_late_at_first_only_delays_the_moment():
    plan = plan_of(["p95 < 150ms"])
    evidence = simulate(plan, canary=lognormal(scale=4.5))
    slow = Histogram.of_values(np.full(40, 500_000))[0]
    late = [
        replace(each, histograms={**each.histograms, LATENESS_HUB: slow}) if 4 <= each.start_s < 6 else each
        for each in evidence.intervals
    ]
    many = Histogram([300], [500])
    late = [
        replace(each, histograms={**each.histograms, LATENESS_HUB: many}) if each.start_s >= 60 else each
        for each in late
    ]
    on_time, delayed = early_fail(plan, evidence), early_fail(plan, replace(evidence, intervals=tuple(late)))
    assert on_time.at_s < 60.0 < delayed.at_s
