"""What a rollback trigger holds against one interval."""

from dataclasses import replace

import numpy as np
import pytest

from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import Kind, Tag
from harness.record.probes import HealthProbe, MetricsProbe
from tests.judge.looks import PROBES, first_trigger, plan_with
from tests.judge.simulator import ENDPOINT, Conditions, constant, lognormal, plan_of, refusing_from, simulate


def test_silence_and_failing_health_checks_are_down():
    plan = plan_with("service down for 10s")
    assert first_trigger(plan, simulate(plan)) is None
    refused = first_trigger(plan, simulate(plan, canary=refusing_from(50.0, lognormal())))
    assert refused.at_s == 60.0
    ill = Conditions(healthy=lambda s: not 30 <= s < 50)
    assert first_trigger(plan, simulate(plan, conditions=ill)).at_s == 40.0
    silent = simulate(plan)
    mute = replace(silent, intervals=tuple(map(without_canary, silent.intervals)))
    assert first_trigger(plan, mute).at_s == 10.0


def test_a_baseline_that_is_asked_in_the_interval_after_the_canary_is_still_as_ill():
    plan = plan_of(["error rate < 1%"], rollback=["service down for 20s"], probes=PROBES | {"interval": "6s"})
    evidence = simulate(plan, conditions=Conditions(healthy=lambda _s: False))
    ill = tuple(
        replace(each, t_s=each.t_s + (2.0 if each.variant == "baseline" else 0.0), ok=False)
        if isinstance(each, HealthProbe)
        else each
        for each in evidence.probes
    )
    assert first_trigger(plan, replace(evidence, probes=ill)) is None


REPLAY = {"load": {"replay": "access.log"}}


def test_a_replay_too_sparse_for_the_canarys_share_is_not_its_silence():
    trigger = "service down for 10s"
    evidence = simulate(plan_with(trigger, rate="1/s", weight="5%"))
    assert first_trigger(plan_with(trigger, weight="5%", **REPLAY), evidence) is None


def test_a_canary_that_never_answers_a_replay_is_down():
    trigger = "service down for 10s"
    evidence = simulate(plan_with(trigger))
    mute = replace(evidence, intervals=tuple(map(without_canary, evidence.intervals)))
    assert first_trigger(plan_with(trigger, **REPLAY), mute).at_s == 10.0


def without_canary(interval):
    others = {tag: some for tag, some in interval.histograms.items() if tag.variant != "canary"}
    return replace(interval, histograms=others)


def without_baseline_metrics(evidence):
    probes = tuple(
        probe
        for probe in evidence.probes
        if not (isinstance(probe, MetricsProbe) and probe.variant == "baseline")
    )
    return replace(evidence, probes=probes)


@pytest.mark.parametrize(
    ("trigger", "services", "conditions"),
    [
        ("p95 > baseline + 50% for 10s", {"canary": lognormal(scale=2.0)}, Conditions()),
        ("p50 > baseline + 10ms for 10s", {"canary": lognormal(scale=2.0)}, Conditions()),
        ("mean > 100ms for 10s", {"canary": constant(0.2)}, Conditions()),
        ("max > 1s for 10s", {"canary": constant(2.0)}, Conditions()),
        ("service p99 >= 200ms for 10s", {"canary": constant(0.3)}, Conditions()),
        ("throughput < 150/s for 10s", {"canary": refusing_from(0.0, lognormal())}, Conditions()),
        ("cpu > 80% for 10s", {}, Conditions(cpu=0.9)),
        ("memory > 1GB for 10s", {}, Conditions(memory_bytes=lambda _s: 2e9)),
    ],
)
def test_every_measure_can_be_a_trigger(trigger, services, conditions):
    plan = plan_with(trigger)
    assert first_trigger(plan, simulate(plan)) is None
    evidence = without_baseline_metrics(simulate(plan, conditions=conditions, **services))
    fired = first_trigger(plan, evidence)
    assert fired.trigger == trigger
    assert fired.at_s == 10.0


@pytest.mark.parametrize(
    ("trigger", "both", "conditions"),
    [
        ("error rate > 5% for 10s", lognormal(error_rate=0.2), Conditions()),
        ("p95 > 200ms for 10s", lognormal(scale=10.0), Conditions()),
        ("p95 > 200ms for 10s", lognormal(error_rate=1.0), Conditions()),
        ("service down for 10s", refusing_from(20.0, lognormal()), Conditions()),
        ("cpu > 80% for 10s", lognormal(), Conditions(cpu=0.9)),
    ],
)
def test_a_condition_that_the_baseline_meets_as_well_fires_nothing(trigger, both, conditions):
    plan = plan_with(trigger)
    assert first_trigger(plan, simulate(plan, conditions=conditions, canary=both, baseline=both)) is None


def late_canary(response_us):
    """Response times that the generator made: service times are what the service took."""

    def kept(interval):
        slow = Tag("canary", Kind.RESPONSE, ENDPOINT)
        service = interval.histograms[slow]
        delayed = Histogram.of_values(np.full(service.total, response_us))[0]
        return replace(interval, histograms={**interval.histograms, slow: delayed})

    return kept


@pytest.mark.parametrize(
    ("trigger", "canary", "fires"),
    [
        ("p95 > 200ms for 10s", lognormal(), False),
        ("p95 > baseline + 50% for 10s", lognormal(), False),
        ("throughput < 1000/s for 10s", lognormal(), False),
        ("p95 > 200ms for 10s", lognormal(scale=20.0), True),
        ("error rate > 5% for 10s", lognormal(error_rate=0.2), True),
    ],
)
def test_while_the_generator_is_late_only_what_holds_without_its_lateness_fires(trigger, canary, fires):
    plan = plan_with(trigger)
    evidence = simulate(plan, conditions=Conditions(hub_lateness_s=0.07), canary=canary)
    evidence = replace(evidence, intervals=tuple(map(late_canary(400_000.0), evidence.intervals)))
    assert (first_trigger(plan, evidence) is not None) is fires
    on_time = simulate(plan, canary=canary)
    on_time = replace(on_time, intervals=tuple(map(late_canary(400_000.0), on_time.intervals)))
    assert first_trigger(plan, on_time) is not None


def test_where_nothing_was_sent_nobody_is_down():
    plan = plan_with("service down for 10s")
    silent = simulate(plan, canary=constant(0.01))
    empty = tuple(
        replace(each, histograms={tag: Histogram.empty() for tag in each.histograms})
        for each in silent.intervals
    )
    alone = replace(silent, intervals=empty)
    assert first_trigger(plan, alone) is None


def test_a_canary_more_than_twice_as_bad_as_a_bad_baseline_fires():
    plan = plan_with("error rate > 5% for 10s")
    evidence = simulate(plan, canary=lognormal(error_rate=0.4), baseline=lognormal(error_rate=0.1))
    assert first_trigger(plan, evidence) is not None
