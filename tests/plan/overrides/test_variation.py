"""Rehearsals: fewer stages, less time."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.plan.document import plan_from_document
from harness.plan.loader import parse_plan
from harness.plan.overrides.variation import VariationError, in_less_time, with_stages
from tests.plan.strategies import documents

PLAN = """\
service: tasks
targets:
  embedded:
    canary: {stall: {at: 60s, for: 30s}, slow_start: 60s, crash: 10m, refuse: 20m, latency: +5ms}
load: {arrival_rate: 7000/s, timeout: 10s}
probes: {health: /health, interval: 60s, timeout: 6s}
judge: {block: 60s, warmup: 120s}
generator: {lateness_p99: 25ms}
deploy: {rollback: {command: [ls], timeout: 60s}}
rollback: [error rate > 10% for 5m]
levels: {p95: {critical: "> 200ms"}}
stages:
  - name: a
    weight: 5%
    duration: 15m
    interval: 30s
    warmup: 90s
    block: 30s
    deploy: {command: [ls], timeout: 60s}
    criteria: [p95 < 150ms, p95 < 150ms for 10m, stable for 15m]
    endpoints: {GET /: [p99 < 1s for 10m]}
    rollback: [error rate > 1% for 5m]
  - {name: b, weight: 5%, duration: 15m, criteria: [p95 < 150ms]}
"""


def test_every_duration_of_the_plan_is_divided_and_no_time_limit_is():
    plan = parse_plan(PLAN, time_scale=60)
    document, stage = plan.to_document(), plan.to_document()["stages"][0]
    assert [stage[key] for key in ("duration", "interval", "warmup", "block")] == [
        "15s",
        "500ms",
        "1.5s",
        "500ms",
    ]
    assert stage["criteria"] == ["p95 < 150ms", "p95 < 150ms for 10s", "stable for 15s"]
    assert stage["endpoints"] == {"GET /": ["p99 < 1s for 10s"]}
    assert stage["rollback"] == ["error rate > 1% for 5s"]
    assert stage["deploy"]["timeout"] == "1m"
    assert (document["judge"]["block"], document["judge"]["warmup"]) == ("1s", "2s")
    assert (document["probes"]["interval"], document["probes"]["timeout"]) == ("1s", "6s")
    assert document["load"]["timeout"] == "10s"
    assert document["generator"]["lateness_p99"] == "25ms"
    assert document["deploy"]["rollback"]["timeout"] == "1m"
    assert document["rollback"] == ["error rate > 10% for 5s"]
    assert document["levels"] == {"p95": {"critical": "> 200ms"}}


def test_the_faults_of_the_embedded_service_keep_their_place_in_the_run():
    assert parse_plan(PLAN, time_scale=60).targets.canary.arguments() == (
        "latency=+5ms",
        "stall=500ms@1s",
        "slow_start=1s",
        "crash=10s",
        "refuse=20s",
    )


def test_a_time_scale_of_one_changes_nothing():
    plan = parse_plan(PLAN)
    assert in_less_time(plan, 1.0) is plan


def test_no_stage_named_keeps_them_all():
    plan = parse_plan(PLAN)
    assert with_stages(plan, ()) is plan
    assert [stage.name for stage in with_stages(plan, ["b"]).stages] == ["b"]


@given(documents(), st.floats(0.5, 100))
def test_a_scaled_plan_survives_the_way_through_its_document(document, time_scale):
    plan = plan_from_document(document)
    try:
        scaled = in_less_time(plan, time_scale)
    except VariationError:
        assume(False)
    assert plan_from_document(scaled.to_document()) == scaled
    whole_s, scaled_s = (sum(stage.duration_s for stage in one.stages) for one in (plan, scaled))
    slack_s = sum(stage.interval_s for stage in scaled.stages)
    assert whole_s / time_scale - slack_s <= scaled_s <= whole_s / time_scale * (1 + 1e-9)


@pytest.mark.parametrize("time_scale", [0.0, -1.0, float("inf"), float("nan"), 1e9, 1e-9])
def test_an_impossible_time_scale_is_refused_with_a_reason(time_scale):
    with pytest.raises(VariationError, match="time scale"):
        in_less_time(parse_plan(PLAN), time_scale)


def test_ramps_and_pieces_take_as_much_less_time_as_their_stage():
    text = PLAN.replace("arrival_rate: 7000/s", "arrival_rate: [{to: 7000/s, over: 6m}, {at: 9/s, for: 1m}]")
    pieces, ramp = "warmup: 90s", "arrival_rate: 100/s\n    ramp: 3m\n    warmup: 90s"
    ramped, shaped = parse_plan(text.replace(pieces, ramp), time_scale=60).to_document()["stages"]
    assert (ramped["ramp"], ramped["arrival_rate"]) == ("3s", "100/s")
    assert shaped["arrival_rate"] == [{"to": "7000/s", "over": "6s"}, {"at": "9/s", "for": "1s"}]
