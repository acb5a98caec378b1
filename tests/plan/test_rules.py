"""Ramps and pieces are refused, at their line, where there is no time for them or nothing to change."""

import pytest

from harness.plan.loader import parse_plan
from harness.plan.model import Plan
from harness.plan.yaml.problem import PlanError

PLAN = """service: tasks
{source}
stages:
  - name: a
    weight: 50%
    duration: 10m
    criteria: [error rate < 1%]
    {more}
"""
SENT = "targets: embedded\nload: {arrival_rate: RATE}"
LOG = """traffic:
  access_log: {path: a.log, format: nginx-json, variant: {field: upstream_addr, canary: ["10.0.0.7:80"]}}"""
REPLAY = "targets: embedded\nload: {replay: a.log}"


def problems(more, rate="100/s", source=SENT):
    try:
        parse_plan(PLAN.format(source=source.replace("RATE", rate), more=more), "p.yaml")
    except PlanError as error:
        return [f"{each.line}: {each.what}" for each in error.problems]
    return []


TOO_LONG = "the pieces of `arrival_rate` take 11m and stage a lasts 10m"


@pytest.mark.parametrize(
    ("more", "rate", "problem"),
    [
        ("ramp: 10m", "100/s", "9: a ramp of 10m leaves nothing of a stage of 10m; write a longer"),
        (
            "ramp: 2m",
            "[{to: 9/s, over: 1m}]",
            "9: a ramp leads to one rate, and the rate of",
        ),
        ("arrival_rate: [{at: 9/s, for: 11m}]", "100/s", f"9: {TOO_LONG}; write shorter pieces or a longer"),
        ("", "[{at: 9/s, for: 11m}]", f"3: {TOO_LONG}"),
        (
            "",
            "[{at: 0/s, for: 1m}]",
            "3: nothing is ever sent in stage a; write a piece with a",
        ),
        ("arrival_rate: [{to: 9/s}]", "100/s", "9: `over` is missing; write for example `over: 5m`"),
        ("arrival_rate: [{rate: 9/s}]", "100/s", "9: arrival_rate: a piece is `{to: 2000/s, over: 5m}` or"),
        ("arrival_rate: [{at: 9, for: 1m}]", "100/s", "9: at: `9` has no unit; write 9/s"),
        ("arrival_rate: []", "100/s", "9: arrival_rate: at least one item belongs here"),
    ],
)
def test_a_rate_that_cannot_change_so_is_a_problem_of_its_line(more, rate, problem):
    (found,) = problems(more, rate)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("more", "source", "problem"),
    [
        ("ramp: 2m", LOG, "real traffic has its own course, which nothing can ramp; remove this"),
        ("arrival_rate: [{at: 9/s, for: 1m}]", LOG, "real traffic has its own course; write one rate"),
        ("ramp: 2m", REPLAY, "a replay has the arrivals of its log, which nothing can ramp; remove this"),
    ],
)
def test_what_the_harness_does_not_send_cannot_be_ramped(more, source, problem):
    (found,) = problems(more, source=source)
    assert found.startswith(f"9: {problem}")


def test_a_plan_in_code_is_refused_as_one_in_a_file_is():
    document = {
        "service": "tasks",
        "targets": "embedded",
        "load": {"arrival_rate": "9/s"},
        "stages": [
            {"name": "a", "weight": "5%", "duration": "1m", "ramp": "2m", "criteria": ["p95 < 1s"]},
        ],
    }
    with pytest.raises(ValueError, match="a ramp of 2m leaves nothing"):
        Plan.model_validate(document)
