import pytest

from harness.live.monitor.service_status import ServiceEvaluation
from harness.plan.levels import Level
from harness.plan.loader import parse_plan
from harness.record.probes import AlertsProbe, HealthProbe, MetricsProbe, QueryProbe

TEXT = """
service: tasks
targets: embedded
load: {arrival_rate: 100/s}
probes:
  health: /health
  metrics: /metrics
  prometheus: {url: "http://127.0.0.1:9090", queries: {restarts: sum(r)}}
judge: {block: 1s, warmup: 0s}
levels: {p95: {critical: "> 200ms"}, restarts: {critical: ">= 1"}, cpu: {warning: "> 80%"}, memory: {}}
rollback: [restarts >= 1 for 10s, service down for 30s, p95 > 200ms for 20s]
stages: [{name: one, weight: 50%, duration: 10s, interval: 1s, criteria: [p95 < 1s]}]
"""


def probes(ok=True, cpu=0.4, restarts=0.0, firing=()):
    error = None if ok else "no answer"
    return [
        HealthProbe(t_s=0.0, variant="canary", ok=ok, status=200, latency_s=0.02, error=error),
        MetricsProbe(t_s=0.0, variant="canary", cpu=cpu, memory_bytes=1e8, restarts=0, error=error),
        QueryProbe(t_s=0.0, name="restarts", value=restarts, error=None),
        AlertsProbe(t_s=0.0, firing=firing, error=None),
    ]


@pytest.fixture
def evaluation():
    return ServiceEvaluation(parse_plan(TEXT, "plan.yaml"))


def test_a_service_within_its_levels_is_ok(evaluation):
    status = evaluation.take(0.0, probes())
    assert (status.level, status.reasons, status.healthy, status.trigger) == (Level.OK, (), True, None)


def test_a_value_exactly_at_a_limit_with_its_sign_reaches_the_level(evaluation):
    status = evaluation.take(0.0, probes(restarts=1.0))
    assert (status.level, status.reasons) == (Level.CRITICAL, ("restarts >= 1: 1",))


def test_the_worst_level_counts_and_only_its_reasons_are_given(evaluation):
    assert evaluation.take(0.0, probes(cpu=0.9)).reasons == ("cpu > 80%: 90%",)
    assert evaluation.take(1.0, probes(cpu=0.9, firing=("DiskFull",))).reasons == ("alert DiskFull",)


def test_a_trigger_fires_when_its_condition_has_held_for_its_time(evaluation):
    fired = [evaluation.take(at_s, probes(restarts=1.0)).trigger for at_s in (0.0, 5.0, 10.0)]
    assert fired == [None, None, "restarts >= 1 for 10s"]


def test_a_condition_that_stops_holding_starts_anew(evaluation):
    for at_s, restarts in ((0.0, 1.0), (5.0, 0.0), (6.0, 1.0)):
        evaluation.take(at_s, probes(restarts=restarts))
    assert evaluation.take(12.0, probes(restarts=1.0)).trigger is None


def test_a_service_that_fails_every_check_is_down_and_fires_its_trigger(evaluation):
    fired = [evaluation.take(at_s, probes(ok=False)) for at_s in (0.0, 30.0)]
    assert not fired[0].healthy
    assert fired[1].trigger == "service down for 30s"


def check(latency_s=0.02, late_s=None, **more):
    told = {"ok": True, "status": 200, "error": None, **more}
    return [HealthProbe(t_s=0.0, variant="canary", latency_s=latency_s, late_s=late_s, **told)]


def silence(late_s):
    error = "no answer within 5 s"
    return check(None, late_s, ok=False, status=None, error=error)


@pytest.mark.parametrize(
    ("latency_s", "late_s", "level"),
    [
        (0.3, 0.0, Level.CRITICAL),
        (0.3, 0.05, Level.CRITICAL),
        (0.3, 0.15, Level.UNKNOWN),
        (0.1, 0.05, Level.OK),
    ],
)
def test_a_latency_that_the_monitor_may_have_added_to_reaches_no_level(evaluation, latency_s, late_s, level):
    status = evaluation.take(0.0, [*check(latency_s, late_s), *probes()[1:]])
    assert status.level is level
    assert (status.unseen == ("latency (the monitor was late)",)) is (level is Level.UNKNOWN)


def test_an_answer_that_a_stopped_monitor_did_not_take_in_time_is_no_outage(evaluation):
    status = evaluation.take(0.0, [*silence(6.0), *probes()[1:]])
    assert (status.healthy, status.level) == (None, Level.UNKNOWN)
    assert status.reasons == ("monitor late by 6,000 ms: service not seen",)
    assert evaluation.take(1.0, [*silence(0.001), *probes()[1:]]).healthy is False


def test_a_late_look_neither_begins_nor_ends_the_time_of_a_trigger(evaluation):
    looks = [(0.0, 0.3, 0.0), (10.0, 0.3, 0.2), (20.0, 0.3, 0.0)]
    fired = [evaluation.take(at_s, check(took_s, late_s)).trigger for at_s, took_s, late_s in looks]
    assert fired == [None, None, "p95 > 200ms for 20s"]
    assert evaluation.take(21.0, check(0.02)).trigger is None


def test_only_a_gauge_or_an_alert_is_certain_at_one_look(evaluation):
    assert not evaluation.take(0.0, [*check(0.3), *probes()[1:]]).is_certain
    assert not evaluation.take(1.0, probes(ok=False)).is_certain
    assert evaluation.take(2.0, probes(restarts=1.0)).is_certain
    assert evaluation.take(3.0, probes(firing=("DiskFull",))).is_certain
