"""Users that a load needs."""

import pytest

from harness.judge.planning.feasibility import Effect, limitations
from harness.judge.planning.users import users_needed
from harness.judge.windows.design import StageDesign
from harness.plan.loader import parse_plan
from tests.judge.judged import certain_limitations
from tests.judge.simulator import plan_of

TEXT = """
service: tasks
targets: {baseline: "http://127.0.0.1:8080", canary: "http://127.0.0.1:8081"}
allow_hosts: [127.0.0.1]
load: {arrival_rate: 1000/s, max_in_flight: 100}
judge: {block: 10s, warmup: 20s}
stages:
  - {name: canary, weight: 25%, duration: 10m, criteria: [LIMIT]}
"""


def short_of_users(limit, text=TEXT):
    found = limitations(parse_plan(text.replace("LIMIT", limit)))
    return [str(one) for one in found if one.effect is Effect.SHORT_OF_USERS]


def test_each_variant_has_users_of_its_own():
    plan = plan_of(["p95 < 1s"], rate="1000/s", weight="20%")
    # 800 requests a second of the busier variant take 0.5 s each: 400 are under way, and a quarter to spare.
    assert users_needed(StageDesign(plan, plan.stages[0]), 0.5) == 500


def test_a_limit_that_grants_more_than_the_users_can_carry_is_named_with_the_number_that_can():
    [line] = short_of_users("mean < 200ms")
    assert line == (
        "stage canary: `mean < 200ms` allows a service that this load cannot be sent to: "
        "at the mean response time of 200 ms that it grants, 100 users are all busy; "
        "write `max_in_flight: 188`, a lower limit or a lower `arrival_rate`"
    )


def test_a_percentile_grants_the_mean_that_log_normal_latencies_with_it_have():
    assert not short_of_users("p95 < 290ms")
    assert short_of_users("p95 < 310ms")


@pytest.mark.parametrize(
    "limit", ["max < 10s", "error rate < 0.1%", "throughput > 10/s", "p95 < baseline + 90%"]
)
def test_what_says_nothing_of_the_mean_names_no_users(limit):
    assert not short_of_users(limit)


def test_a_replay_states_no_rate_that_users_could_be_too_few_for():
    text = TEXT.replace("arrival_rate: 1000/s", "replay: access.log")
    assert not short_of_users("mean < 10s", text)


def test_it_is_a_warning_and_no_certain_failure():
    plan = parse_plan(TEXT.replace("LIMIT", "mean < 200ms"))
    assert certain_limitations(plan) == []
