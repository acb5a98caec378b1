"""Warnings: what cannot pass or fire whatever the service does."""

import pytest

from harness.plan.loader import parse_plan

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


def warnings_of(old="", new="", text=PLAN):
    assert old in text
    return [str(warning) for warning in parse_plan(text.replace(old, new, 1)).warnings()]


def test_a_plan_that_can_pass_has_no_warnings():
    everything = (
        "[error rate < 0.1%, p95 < baseline + 10%, no performance degradation, system stable, cpu < 80%,"
        " health checks passing, no critical alerts, stable for 15m, throughput > 6000/s, p95 < 1s for 15m]"
    )
    assert warnings_of("[p95 < 150ms]", everything) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "weight: 5%, duration: 15m, criteria: [p95 < 150ms]",
            "weight: 100%, duration: 15m, criteria: [p95 < baseline + 10%]",
            "stage a: `p95 < baseline + 10%` cannot be judged: at weight 100% no baseline is left",
        ),
        (
            "weight: 5%, duration: 15m, criteria: [p95 < 150ms]",
            "weight: 100%, duration: 15m, criteria: [no performance degradation]",
            "stage a: `no performance degradation` cannot be judged: at weight 100%",
        ),
        (
            "weight: 5%",
            "weight: 0%",
            "stage a: the canary gets no request, so `p95 < 150ms` has nothing to judge",
        ),
        (
            "duration: 15m, criteria: [p95 < 150ms]",
            "duration: 200s, criteria: [p95 < baseline]",
            "stage a: `p95 < baseline` needs 20 blocks, and 19 of 10s follow the warm-up",
        ),
        (
            "[p95 < 150ms]}",
            "[p95 < baseline], arrival_rate: 90/s}",
            "needs 20 blocks, and 89 of 10s follow the warm-up, merged to 17 because each holds 45 "
            "canary requests, fewer than 200",
        ),
        (
            "duration: 15m, criteria: [p95 < 150ms]",
            "duration: 90s, arrival_rate: 700/s, criteria: [error rate < 0.1%]",
            "stage a: `error rate < 0.1%` needs 2,995 canary requests without an error, and gets 2,800",
        ),
        (
            "[p95 < 150ms]",
            "[error rate <= 0%]",
            "stage a: `error rate <= 0%` can never be shown: it takes more requests than there are",
        ),
        ("[p95 < 150ms]", "[throughput > 7000/s]", "is out of reach: the plan offers only 7000/s"),
        ("duration: 15m", "duration: 10s", "stage a: the warm-up of 10s leaves nothing of 10s to judge"),
        (
            "duration: 15m",
            "duration: 60s",
            "stage a: 5 blocks are too few for any criterion; at least 6 are needed",
        ),
        (
            "[p95 < 150ms]",
            "[stable for 24h]",
            "stage a: `stable for 24h` is longer than the stage, which lasts 15m",
        ),
        (
            "[p95 < 150ms]",
            "[p95 < 150ms for 16m]",
            "stage a: `p95 < 150ms for 16m` is longer than the stage, which lasts 15m",
        ),
        (
            "[p95 < 150ms]}",
            "[p95 < 150ms], rollback: [error rate > 1% for 20m]}",
            "stage a: the trigger `error rate > 1% for 20m` can never fire: the stage lasts 15m",
        ),
        (
            "stages:",
            "rollback: [service down for 20m]\nstages:",
            "the trigger `service down for 20m` can never fire: the run lasts 15m",
        ),
    ],
)
def test_what_cannot_happen_is_warned_of(old, new, says):
    [found] = warnings_of(old, new)
    assert says in found


@pytest.mark.parametrize(
    ("criterion", "probe"),
    [
        ("cpu < 80%", "metrics"),
        ("memory < 2GB", "metrics"),
        ("system stable", "metrics"),
        ("stable for 10m", "metrics"),
        ("health checks passing", "health"),
        ("no critical alerts", "prometheus.alerts"),
    ],
)
def test_what_nobody_probes_cannot_be_seen(criterion, probe):
    blind = PLAN.replace("probes: {health: /health, metrics: /metrics}\n", "").replace("levels:", "# levels:")
    [found] = warnings_of("p95 < 150ms", criterion, text=blind)
    assert found == f"stage a: `{criterion}` cannot be seen without `probes.{probe}`"


def test_a_prometheus_query_of_that_name_sees_it_too():
    server = "probes: {prometheus: {url: http://localhost:9091, queries: {memory: up, lag: up}}}"
    text = PLAN.replace("probes: {health: /health, metrics: /metrics}", server)
    assert warnings_of("p95 < 150ms", "memory < 2GB, lag < 5", text=text) == []


def test_the_same_reason_is_said_once():
    twice = "weight: 100%, duration: 15m, criteria: [p95 < baseline, p95 < baseline]"
    assert len(warnings_of("weight: 5%, duration: 15m, criteria: [p95 < 150ms]", twice)) == 1
