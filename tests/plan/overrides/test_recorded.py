"""Plans for traffic of the past."""

import math

import pytest

from harness.plan.loader import parse_plan
from harness.plan.overrides.recorded import as_recorded
from harness.plan.overrides.variation import VariationError

PLAN = """service: tasks
traffic:
  access_log: {path: access.log, format: nginx-json, variant: {field: upstream_addr, canary: [b]}}
probes: {health: /health, metrics: /metrics, baseline: "http://127.0.0.1:1", canary: "http://127.0.0.1:2"}
deploy: {rollback: {command: [deploy.sh, rollback]}}
levels: {p95: {critical: "> 200ms"}, memory: {critical: "> 2GB"}}
rollback: [error rate > 10% for 1m, memory > 4GB for 1m]
stages:
  - name: tenth
    weight: 10%
    duration: 10m
    deploy: {command: [deploy.sh, canary]}
    criteria: [error rate < 1%, memory < 2GB, health checks passing]
    on_inconclusive: extend
"""


def recorded(length_s, text=PLAN):
    return as_recorded(parse_plan(text), {"tenth": length_s})


def test_what_a_log_does_not_tell_is_left_out_and_named_and_nothing_is_run():
    found = recorded(math.inf)
    (stage,) = found.plan.stages
    assert [each.text for each in stage.criteria] == ["error rate < 1%"]
    assert [each.text for each in found.plan.rollback] == ["error rate > 10% for 1m"]
    assert set(found.left_out) == {
        "memory < 2GB",
        "health checks passing",
        "memory > 4GB for 1m",
        "level of memory",
    }
    assert list(found.plan.levels) == ["p95"]
    assert (stage.deploy, found.plan.deploy, found.plan.probes, found.plan.router) == (None,) * 4


@pytest.mark.parametrize(
    ("length_s", "duration_s", "decision"),
    [(math.inf, 600, "extend"), (1200, 600, "extend"), (700, 600, "hold"), (255, 250, "hold")],
)
def test_a_stage_is_as_long_as_its_weight_lasted_and_extended_only_where_there_is_room(
    length_s, duration_s, decision
):
    (stage,) = recorded(length_s).plan.stages
    assert (stage.duration_s, stage.on_inconclusive) == (duration_s, decision)


def test_a_stage_of_which_nothing_is_left_is_refused():
    with pytest.raises(VariationError, match="less than one interval"):
        recorded(5)
    with pytest.raises(VariationError, match="no criterion of stage tenth can be judged by a log"):
        recorded(600, PLAN.replace("error rate < 1%, ", ""))
