"""Triggers that can never fire."""

import pytest

from harness.judge.planning.feasibility import Effect, limitations
from harness.plan.loader import parse_plan

PLAN = """
service: tasks
targets: embedded
load: {arrival_rate: 7000/s}
probes: {metrics: /metrics}
judge: {block: 10s, warmup: 10s}
rollback: []
stages:
  - {name: a, weight: 5%, duration: 15m, criteria: [p95 < 150ms], rollback: []}
  - {name: b, weight: 100%, duration: 20m, criteria: [p95 < 150ms]}
"""
RUN = ("rollback: []\nstages", "rollback: [{}]\nstages")
STAGE = ("rollback: []}", "rollback: [{}]}}")
DARK = (
    "weight: 5%, duration: 15m, criteria: [p95 < 150ms]",
    "weight: 0%, duration: 15m, criteria: [throughput > 1/s]",
)


def found(owner, trigger, *changes):
    text = PLAN.replace(owner[0], owner[1].format(trigger))
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return [str(one) for one in limitations(parse_plan(text)) if one.effect is Effect.NEVER_FIRES]


@pytest.mark.parametrize("owner", [RUN, STAGE])
@pytest.mark.parametrize(
    "trigger",
    [
        "error rate > 10% for 15m",
        "p95 > baseline + 50% for 1m",
        "cpu > 80% for 1m",
        "throughput < 1/s for 1m",
        "service down for 15m",
        "error rate >= 100% for 1m",
    ],
)
def test_a_trigger_that_can_fire_is_not_named(owner, trigger):
    assert found(owner, trigger) == []


@pytest.mark.parametrize(
    ("owner", "trigger", "says"),
    [
        (
            STAGE,
            "error rate > 1% for 20m",
            "stage a: the trigger `error rate > 1% for 20m` can never fire: it must hold for 20 min, and the "
            "stage lasts 15 min; write `for 15m` or less, or a longer `duration`",
        ),
        (
            RUN,
            "error rate > 1% for 21m",
            "the trigger `error rate > 1% for 21m` can never fire: it must hold for 21 min, and the longest "
            "stage lasts 20 min; write `for 20m` or less, or a longer `duration`",
        ),
        (
            RUN,
            "error rate > 100% for 1m",
            "can never fire: no error rate is above 100%; write a limit below 100%",
        ),
    ],
)
def test_a_trigger_that_can_never_fire_is_named_with_a_remedy(owner, trigger, says):
    [text] = found(owner, trigger)
    assert text.endswith(says)


def test_intervals_are_counted_anew_in_every_stage_but_failed_health_checks_are_not():
    without, health = [], ("{metrics: /metrics}", "{health: /health}")
    assert found(RUN, "service down for 30m", health) == without
    [text] = found(RUN, "service down for 40m", health)
    assert "it must hold for 40 min, and the run lasts 35 min" in text
    [text] = found(RUN, "service down for 30m")
    assert "the longest stage lasts 20 min" in text


@pytest.mark.parametrize(
    ("trigger", "says"),
    [
        ("p95 > 1s for 1m", "at weight 0% the canary gets no requests"),
        ("service down for 1m", "nothing probes it; configure `probes.health`"),
    ],
)
def test_without_canary_requests_its_triggers_are_blind(trigger, says):
    [text] = found(STAGE, trigger, DARK)
    assert says in text


def test_a_comparison_with_the_baseline_never_fires_where_there_is_none():
    [text] = found(STAGE, "p95 > baseline + 50% for 1m", ("weight: 5%", "weight: 100%"))
    assert "at weight 100% there is no baseline to compare with" in text


def test_an_extended_stage_has_time_for_a_longer_window():
    extended = ("duration: 20m,", "duration: 20m, on_inconclusive: extend,")
    assert found(RUN, "error rate > 1% for 1h", extended) == []


def test_what_no_probe_sees_never_fires():
    [text] = found(RUN, "cpu > 80% for 1m", ("{metrics: /metrics}", "{health: /health}"))
    assert text.endswith("nothing probes it; configure `probes.metrics` or `probes.prometheus.queries.cpu`")
