"""When the stages of a release were."""

import math
from datetime import datetime

import pytest

from harness.app.stage_times import StageTimesError, as_told, by_plan, moment, of_run, shown
from harness.plan.loader import parse_plan
from harness.record.events.stage import StageStarted
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info
from tests.observe.access_log.logs import NGINX, traffic_of

BERLIN = traffic_of(**NGINX, timezone="Europe/Berlin")
TEXT = """service: tasks
traffic: {access_log: {path: a.log, format: nginx-json, variant: {field: upstream_addr, canary: [b]}}}
stages:
  - {name: tenth, weight: 10%, duration: 10m, criteria: [error rate < 1%]}
  - {name: half, weight: 50%, duration: 20m, criteria: [error rate < 1%]}
"""
PLAN = parse_plan(TEXT)


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


@pytest.mark.parametrize("text", ["2026-10-25T02:20", "2026-03-29T02:20"])
def test_a_time_that_was_twice_or_never_is_asked_for_with_its_zone(text):
    with pytest.raises(StageTimesError, match="write it with its zone"):
        moment(text, BERLIN)
    assert moment(f"{text}+01:00", BERLIN) == datetime.fromisoformat(f"{text}+01:00").timestamp()


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


@pytest.mark.parametrize(("stated", "began_s"), [({"started_epoch_s": 1075.125}, 1075.125), ({}, 1075.0)])
def test_a_stage_of_a_run_began_when_its_windows_did_by_the_wall_clock(tmp_path, stated, began_s):
    run = RunDirectory.create(tmp_path, "plan", TEXT, run_info(PLAN, "plan", 1000.0, 1.0))
    run.append_event(
        StageStarted(t_s=75.0, stage="half", index=1, weight=0.5, arrival_rate_per_s=None, **stated)
    )
    assert of_run(PLAN, run).starts_s == {"half": began_s}
