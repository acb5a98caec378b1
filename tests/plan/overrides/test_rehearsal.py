"""How a rehearsal divides the time of a plan."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.plan.loader import load_plan
from harness.plan.overrides.rehearsal import MIN_STAGE_S, interval_s, shorter, stage_lengths_s, whole

RELEASE_S = [900.0, 1800.0, 3600.0, 7200.0, 86400.0]
lengths = st.lists(st.floats(1.0, 1e5), min_size=1, max_size=20)


def test_a_small_time_scale_divides_every_stage_exactly():
    assert stage_lengths_s(RELEASE_S, 60) == [15.0, 30.0, 60.0, 120.0, 1440.0]


def test_a_large_time_scale_leaves_short_stages_long_enough_to_measure():
    assert stage_lengths_s(RELEASE_S, 600) == pytest.approx([15.0, 15.0, 15.0, 15.0, 106.5])


@given(lengths, st.floats(1.0, 1e4))
def test_a_rehearsal_takes_the_time_of_the_plan_divided_by_the_time_scale(planned_s, time_scale):
    assert sum(stage_lengths_s(planned_s, time_scale)) == pytest.approx(sum(planned_s) / time_scale)


@given(lengths, st.floats(1.0, 1e4))
def test_no_stage_gets_longer_than_planned_nor_needlessly_short(planned_s, time_scale):
    mean_s = sum(planned_s) / time_scale / len(planned_s)
    for planned, length_s in zip(planned_s, stage_lengths_s(planned_s, time_scale), strict=True):
        assert length_s <= planned * (1 + 1e-9)
        assert length_s >= min(planned, MIN_STAGE_S, mean_s) * (1 - 1e-9)


@given(lengths, st.floats(1.0, 1e4))
def test_a_longer_stage_stays_the_longer_one(planned_s, time_scale):
    order = sorted(planned_s)
    scaled_s = stage_lengths_s(order, time_scale)
    assert all(later >= earlier * (1 - 1e-9) for earlier, later in itertools.pairwise(scaled_s))


def test_a_length_is_never_stretched_to_reach_the_minimum():
    assert shorter(0.05, 10, min_s=0.1) == 0.05
    assert shorter(10.0, 1000, min_s=0.1) == 0.1


def test_a_length_that_is_whole_already_is_kept_bit_by_bit():
    third = 10 / 3
    assert whole(third * 7, third) == third * 7
    assert whole(1.05, 0.1) == 1.0


def test_the_whole_release_rehearsed_at_600_keeps_its_promises_reachable():
    plan = load_plan("loadtests/plans/production.yaml", time_scale=600)
    assert sum(stage.duration_s for stage in plan.stages) == pytest.approx(166.5, rel=0.001)
    for stage in plan.stages:
        assert float(stage.weight) * plan.rate_of(stage) * stage.duration_s > 3000
        assert all((criterion.for_s or 0) <= stage.duration_s for criterion in stage.criteria)


@pytest.mark.parametrize("time_scale", [7, 60, 70, 170, 333, 600, 601, 1000])
def test_the_release_can_be_rehearsed_at_any_pace(time_scale):
    plan = load_plan("loadtests/plans/production.yaml", time_scale=time_scale)
    assert sum(stage.duration_s for stage in plan.stages) == pytest.approx(99900 / time_scale, rel=0.01)


def test_a_rehearsed_interval_holds_enough_requests_for_a_rate_and_a_stage_enough_intervals():
    plan = load_plan("loadtests/plans/production.yaml", time_scale=600)
    assert {stage.interval_s for stage in plan.stages} == {0.5}
    assert [trigger.text for trigger in plan.rollback] == [
        "error rate > 10% for 500ms",
        "p95 > 500ms for 1s",
        "service down for 500ms",
    ]
    assert plan.stages[-1].criteria[-1].text == "stable for 1.775m"


def test_intervals_are_divided_as_they_are_while_a_stage_keeps_thirty_of_them():
    assert interval_s(10.0, stage_s=300.0, time_scale=4) == 2.5
    assert interval_s(10.0, stage_s=15.0, time_scale=60) == 0.5
    assert interval_s(10.0, stage_s=6.0, time_scale=150) == 0.2
    assert interval_s(10.0, stage_s=1.0, time_scale=900) == 0.1
    assert interval_s(10.0, stage_s=500.0, time_scale=600) == 1.0


def test_a_day_in_two_minutes_is_not_cut_into_more_pieces_than_can_be_judged_soon():
    plan = load_plan("loadtests/plans/production.yaml", time_scale=600)
    assert max(stage.duration_s / stage.interval_s for stage in plan.stages) < 520
