"""The criteria that have a name."""

import re

import pytest

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.record.probes import AlertsProbe
from tests.judge.judged import FAST, LEVELS, PROBES, finding, outcome_of
from tests.judge.simulator import Conditions, lognormal, plan_of, simulate, without_probes


def test_no_performance_degradation_compares_percentiles_and_errors():
    judge = {"block": "4s", "warmup": "4s", "tolerance": "20%", "error_margin": "0.5%"}
    plan = plan_of(["no performance degradation"], judge=judge, rate="600/s")
    name = "no performance degradation"
    assert outcome_of(name, plan).outcome is Outcome.PASS
    assert outcome_of(name, plan, canary=lognormal(scale=1.5)).outcome is Outcome.FAIL
    assert outcome_of(name, plan, canary=lognormal(error_rate=0.03)).outcome is Outcome.FAIL


def test_a_slowing_canary_is_not_stable():
    plan = plan_of(["system stable"], probes=PROBES)

    def slowing(rng, due_s):
        times_s, ok = lognormal()(rng, due_s)
        return times_s * (1 + due_s / 120), ok

    unstable = outcome_of("system stable", plan, canary=slowing)
    assert unstable.outcome is Outcome.FAIL
    assert "Growth of the canary's p95" in unstable.reason


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
    unlooked = judge_stage(plan, without_probes(simulate(plan), AlertsProbe))
    assert finding(unlooked, ALERTS).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("levels", [{}, {"p95": {"warning": "> 30ms"}}, {"memory": {"critical": "> 1GB"}}])
def test_no_critical_alert_is_inconclusive_where_nobody_looks(levels):
    found = outcome_of(ALERTS, plan_of([ALERTS], levels=levels))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "critical `levels`" in found.reason
    assert "`probes.prometheus.alerts`" in found.reason


DEGRADATION = "no performance degradation"


def sentences(reason):
    return re.findall(r"[^.]+(?:\.\d[^.]*)*\.", reason)


@pytest.mark.parametrize(
    ("canary", "duration", "says"),
    [
        (
            lognormal(),
            "120s",
            r"Within the allowed change against the baseline: p50 [+-].*%.*, p95 .*, p99 .*",
        ),
        (
            lognormal(scale=2.0),
            "120s",
            r"Worse than allowed against the baseline: p50 \+1.*% \(limit \+10%\), p95",
        ),
        (lognormal(), "24s", r"Not decided against the baseline: .* 5; 5 more blocks needed"),
    ],
)
def test_the_reason_of_no_performance_degradation_is_two_sentences_at_most(canary, duration, says):
    plan = plan_of([DEGRADATION], duration=duration, judge={**FAST, "error_margin": "1%"})
    found = outcome_of(DEGRADATION, plan, canary=canary)
    assert re.match(says, found.reason)
    assert len(sentences(found.reason)) <= 2
