"""What the stages of a plan cannot decide, whatever the service does."""

import math

import pytest

from harness.judge.planning.feasibility import Effect, limitations, soonest_s
from harness.judge.windows.design import StageDesign
from harness.plan.loader import parse_plan
from harness.plan.places import CriterionPlace

PLAN = """\
service: tasks
targets: embedded
load: {arrival_rate: 7000/s}
probes: {health: /health, metrics: /metrics}
levels: {p95: {critical: "> 200ms"}}
judge: {block: 10s, warmup: 10s}
stages:
  - {name: a, weight: 5%, duration: 15m, criteria: [p95 < 150ms]}
"""
STAGE = "weight: 5%, duration: 15m, criteria: [p95 < 150ms]"


def found(old="", new="", text=PLAN):
    assert old in text
    return limitations(parse_plan(text.replace(old, new, 1)))


def test_a_plan_that_can_pass_has_no_limitation():
    everything = (
        "[error rate < 0.1%, p95 < baseline + 10%, no performance degradation, system stable, cpu < 80%,"
        " health checks passing, no critical alerts, stable for 15m, throughput > 6000/s,"
        " p95 < 120ms for 15m]"
    )
    assert found("[p95 < 150ms]", everything) == ()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            STAGE,
            "weight: 100%, duration: 15m, criteria: [p95 < baseline + 10%]",
            "stage a: `p95 < baseline + 10%` cannot pass: at weight 100% there is no baseline to compare "
            "with; write a weight below 100%, or a limit of its own such as `p95 < 150ms`",
        ),
        (
            STAGE,
            "weight: 100%, duration: 15m, criteria: [no performance degradation]",
            "stage a: `no performance degradation` cannot pass: at weight 100% there is no baseline",
        ),
        (
            "weight: 5%",
            "weight: 0%",
            "`p95 < 150ms` cannot pass: at weight 0% the canary gets no requests; write a weight above 0%",
        ),
        (
            STAGE,
            "weight: 5%, duration: 100s, criteria: [p95 < baseline]",
            "it needs 10 blocks of at least 20 canary requests, and the stage has 9; write "
            "`duration: 2m` or more",
        ),
        (
            "[p95 < 150ms]}",
            "[p95 < baseline], arrival_rate: 4.5/s}",
            "and the stage has 9, merged from blocks of about 2.25; write `duration: 16m` or more, or a "
            "higher `arrival_rate`",
        ),
        (
            "duration: 15m, criteria: [p95 < 150ms]",
            "duration: 90s, arrival_rate: 700/s, criteria: [error rate < 0.1%]",
            "even if all are good it needs 2,995 canary requests, and the stage has 2,800; "
            "write `duration: 2m` or more, or a higher `arrival_rate`",
        ),
        (
            "[p95 < 150ms]",
            "[error rate <= 0%]",
            "no number of good requests proves an error rate of 0%; write a limit above 0%",
        ),
        (
            "15m, criteria: [p95 < 150ms]",
            "2m, arrival_rate: 700/s, criteria: [no performance degradation]",
            "it needs 14,978 canary requests, and the stage has 3,850",
        ),
        (
            "[p95 < 150ms]",
            "[throughput > 7000/s]",
            "the plan offers only 7,000/s; write a limit below 7,000/s, or a higher `arrival_rate`",
        ),
        (
            "duration: 15m",
            "duration: 10s",
            "the warm-up of 10 s leaves nothing of 10 s to judge; write a shorter `warmup` or a "
            "longer `duration`",
        ),
        (
            "duration: 15m",
            "duration: 60s",
            "it needs 6 blocks of 10 s, and the stage has 5; write `duration: 2m` or more",
        ),
        (
            "[p95 < 150ms]",
            "[p95 < 120ms for 50s]",
            "it needs 6 blocks of 10 s, and its window of 50 s has 5; write `for 1m` or more",
        ),
        (
            "[p95 < 150ms]",
            "[stable for 24h]",
            "it must hold for 24 h, and the stage lasts 15 min; write `for 15m` or less",
        ),
        (
            "[p95 < 150ms]",
            "[p95 < 120ms for 16m]",
            "`p95 < 120ms for 16m` cannot pass: it must hold for 16 min",
        ),
    ],
)
def test_a_criterion_that_cannot_pass_is_named_with_its_reason_and_a_remedy(old, new, says):
    [one] = found(old, new)
    assert one.effect is Effect.IMPOSSIBLE
    assert says in str(one)


@pytest.mark.parametrize(
    ("criterion", "settings"),
    [
        ("cpu < 80%", "`probes.metrics` or `probes.prometheus.queries.cpu`"),
        ("memory < 2GB", "`probes.metrics` or `probes.prometheus.queries.memory`"),
        ("system stable", "`probes.metrics`"),
        ("stable for 10m", "`probes.metrics`"),
        ("health checks passing", "`probes.health`"),
        ("no critical alerts", "`probes.prometheus.alerts` or `levels`"),
    ],
)
def test_what_nobody_probes_cannot_pass(criterion, settings):
    blind = PLAN.replace("probes: {health: /health, metrics: /metrics}\n", "").replace("levels:", "# levels:")
    [one] = found("p95 < 150ms", criterion, text=blind)
    assert str(one) == f"stage a: `{criterion}` cannot pass: nothing probes it; configure {settings}"


def test_a_prometheus_query_of_that_name_sees_it_too():
    server = "probes: {prometheus: {url: http://localhost:9091, queries: {memory: up, lag: up}}}"
    text = PLAN.replace("probes: {health: /health, metrics: /metrics}", server)
    assert found("p95 < 150ms", "memory < 2GB, lag < 5", text=text) == ()


def test_a_disturbance_as_long_as_the_stage_is_named_because_then_nothing_can_fail():
    [one] = found("block: 10s", "block: 10s, disturbance: 15m")
    assert str(one) == (
        "stage a: `p95 < 150ms` cannot fail: a disturbance may last 15 min, and 14 min 50 s are measured; "
        "write a shorter `judge.disturbance` or a longer `duration`"
    )
    assert one.effect is Effect.NEVER_FAILS


def test_the_criteria_of_endpoints_are_checked_like_the_others():
    endpoints = "criteria: [p95 < 150ms], endpoints: {GET /tasks: [p95 < 9s, p95 < baseline + 10%]}"
    [one] = found(STAGE, f"weight: 100%, duration: 15m, {endpoints}")
    assert one.place == CriterionPlace("a", "endpoints", 1, "GET /tasks")
    assert "`p95 < baseline + 10%` of `GET /tasks` cannot pass" in str(one)


def test_a_stage_that_may_be_extended_has_its_longest_length():
    short = "duration: 60s, on_inconclusive: extend"
    [one] = found("duration: 15m", short)
    assert one.effect is Effect.NEEDS_EXTENSION
    assert "cannot pass before the stage is extended: it needs 6 blocks of 10 s" in str(one)
    compared = f"{short.replace('60s', '30s')}, criteria: [p95 < baseline + 90%]"
    [one] = found("duration: 15m, criteria: [p95 < 150ms]", compared)
    assert one.effect is Effect.IMPOSSIBLE


@pytest.mark.parametrize(
    ("criterion", "soonest"),
    [
        ("p95 < 150ms", 70),
        ("error rate < 0.1%", 70),
        ("error rate < 0.01%", 10 + 90),
        ("p95 < baseline + 10%", 110),
        ("no performance degradation", 110),
        ("throughput > 10/s", 70),
        ("p95 < 150ms for 5m", 900),
        ("cpu < 80%", 900),
        ("system stable", 900),
        ("health checks passing", 900),
        ("throughput > 9000/s", math.inf),
        ("error rate <= 0%", math.inf),
    ],
)
def test_a_criterion_can_pass_as_soon_as_it_has_what_it_needs(criterion, soonest):
    plan = parse_plan(PLAN.replace("p95 < 150ms", criterion))
    assert soonest_s(StageDesign(plan, plan.stages[0]), plan.stages[0].criteria[0]) == pytest.approx(soonest)
