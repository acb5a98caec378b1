"""When the stages of a release were."""

import math

import pytest

from harness.app.stage_times import StageTimesError, as_told, by_plan, moment, shown
from harness.plan.loader import parse_plan
from tests.observe.access_log.logs import NGINX, traffic_of

BERLIN = traffic_of(**NGINX, timezone="Europe/Berlin")
PLAN = parse_plan(
    """service: tasks
traffic: {access_log: {path: a.log, format: nginx-json, variant: {field: upstream_addr, canary: [b]}}}
stages:
  - {name: tenth, weight: 10%, duration: 10m, criteria: [error rate < 1%]}
  - {name: half, weight: 50%, duration: 20m, criteria: [error rate < 1%]}
"""
)


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-01T14:00",
        "2026-07-01 14:00:00",
        "2026-07-01T12:00Z",
        "01/Jul/2026:12:00:00 +0000",
        "1782907200",
        "1782907200000",
    ],
)
def test_a_time_is_read_as_people_and_logs_write_it(text):
    assert moment(text, BERLIN) == 1_782_907_200


def test_a_time_is_shown_with_its_zone():
    assert shown(1_782_907_200, BERLIN) == "2026-07-01 14:00:00+0200 (12:00:00 UTC)"


def test_from_a_start_the_stages_follow_each_other_as_planned():
    times = by_plan(PLAN, 1000.0)
    assert times.starts_s == {"tenth": 1000.0, "half": 1600.0}
    assert times.lengths_s == {"tenth": 600.0, "half": math.inf}
    assert times.first_s == 1000.0


def test_stages_that_are_told_last_until_the_next_and_the_others_did_not_happen():
    times = as_told(PLAN, ["half=5000"], BERLIN)
    assert [stage.name for stage in times.plan.stages] == ["half"]
    assert as_told(PLAN, ["half=5000", "tenth=4000"], BERLIN).lengths_s["tenth"] == 1000.0


def test_a_pair_that_names_no_stage_is_answered_with_the_names():
    with pytest.raises(StageTimesError, match="one of tenth, half"):
        as_told(PLAN, ["full=5000"], BERLIN)
