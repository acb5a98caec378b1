"""What a plan may say of a replay."""

import pytest

from harness.plan.loader import PlanError, parse_plan

PLAN = """\
service: tasks
targets: embedded
load: {LOAD}
stages: [{name: one, weight: 50%, duration: 30s, criteria: [p95 < 1s]}]
"""


def plan_of(load):
    return parse_plan(PLAN.replace("LOAD", load))


def test_a_file_alone_is_a_log_at_its_own_speed_of_requests_that_change_nothing():
    replay = plan_of("replay: access.log").sent.replay
    assert replay.access_log.path == ("access.log",)
    assert replay.access_log.is_recognized
    assert (replay.factor, replay.methods) == (1.0, ("GET", "HEAD"))


def test_a_replay_is_read_back_from_its_document():
    plan = plan_of("replay: {access_log: {path: a.log, format: combined}, speed: 2.5x, methods: [GET]}")
    assert type(plan).model_validate(plan.to_document(), by_alias=True, by_name=False) == plan
    assert plan.sent.replay.factor == 2.5
    assert plan.rate_of(plan.stages[0]) is None


@pytest.mark.parametrize(
    ("load", "problem"),
    [
        ("arrivals: constant", "`arrival_rate` is missing"),
        ("replay: a.log, arrival_rate: 5/s", "remove this, or set the `speed` of `replay`"),
        ("replay: a.log, arrivals: poisson", "a replay has the arrivals of its log"),
        ("replay: {access_log: {path: a.log}, speed: 0x}", "is not a speed from 0.01x to 100x"),
        ("replay: {access_log: {path: a.log}, speed: fast}", "is not a speed from 0.01x to 100x"),
        ("replay: {access_log: {path: a.log, regex: '(?P<path>x)'}}", "the regex has no time"),
        ("replay: {access_log: {path: a.log, format: combined, regex: x}}", "write exactly one of"),
    ],
)
def test_a_replay_that_cannot_be_is_refused(load, problem):
    with pytest.raises(PlanError, match=problem):
        plan_of(load)


def test_a_stage_of_a_replay_has_no_rate_of_its_own():
    with pytest.raises(PlanError, match="a replay has the arrivals of its log"):
        parse_plan(PLAN.replace("LOAD", "replay: a.log").replace("weight", "arrival_rate: 5/s, weight"))
