"""The verdict on a stage: simulated evidence in, findings out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.validity.accounts import ACCOUNTED
from harness.judge.validity.generator import DELIVERED, ON_TIME
from harness.record.events.stage import TriggerFired
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB, LATENESS_SENT, Kind, Tag
from harness.record.probes import AlertsProbe, GeneratorProbe, HealthProbe, MetricsProbe
from tests.judge.judged import CALM, LEVELS, PROBES, REQUESTS, SYSTEM, finding
from tests.judge.simulator import (
    ENDPOINT,
    STARTED_S,
    Conditions,
    cut_short,
    lognormal,
    plan_of,
    refusing_from,
    simulate,
    without_probes,
)


def test_a_good_canary_passes_every_criterion():
    plan = plan_of([*REQUESTS, *SYSTEM], probes=PROBES)
    verdict = judge_stage(plan, simulate(plan))
    assert verdict.outcome is Outcome.PASS
    assert {each.outcome for each in verdict.findings} == {Outcome.PASS}
    assert verdict.requests == {"baseline": 12_000, "canary": 12_000}
    assert verdict.achieved_rate == pytest.approx(verdict.planned_rate)
    assert verdict.lateness_us["p99"] == 400


def test_what_would_have_come_after_a_trigger_of_the_run_is_not_missed():
    plan, trigger = plan_of(REQUESTS), "lag > 3 for 1m"
    fired = TriggerFired(t_s=STARTED_S + 60.0, stage="canary", trigger=trigger)
    cut = cut_short(simulate(plan), 60.0)
    cut = replace(cut, events=(*cut.events, fired))
    verdict = judge_stage(plan, cut)
    assert finding(verdict, trigger).outcome is Outcome.FAIL
    assert {finding(verdict, name).outcome for name in (ACCOUNTED, DELIVERED)} == {Outcome.PASS}
    less = judge_stage(plan, replace(cut, intervals=cut.intervals[:-1]))
    assert finding(less, ACCOUNTED).outcome is Outcome.INVALID


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


@pytest.mark.parametrize("kind", [GeneratorProbe, HealthProbe, MetricsProbe, AlertsProbe])
def test_taking_away_a_kind_of_probe_never_gives_a_pass(kind):
    assert judge_stage(PLAN, without_probes(GOOD, kind)).outcome is not Outcome.PASS


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
        assert found.blocks == 29 or found.decided_at_s is not None or found.since_s is not None
        # A stage of a good and a bad half is too few independent requests to detect anything by their number.
        decided_early = found.decided_at_s is not None
        # Nothing but an answer shows by how much a percentile could be told apart.
        is_unknown = decided_early or found.observed == np.inf
        assert found.detectable is not None or found.lower < 0.001 or is_unknown, found


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
