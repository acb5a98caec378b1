"""When a slowdown that begins in mid-stage is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.planning.draws import QuantileChange
from harness.judge.planning.later import Look, after_all_but, found_by_s, later_slowdown
from harness.judge.planning.noise import TYPICAL
from harness.judge.stats.limit_test import Care
from harness.judge.windows.design import StageDesign
from tests.judge.simulator import plan_of

DAY_S = 86_400.0


def design(duration, block="60s", interval="60s", **more):
    judge = {"block": block, "warmup": "60s"}
    stage = {"name": "canary", "weight": "5%", "duration": duration, "interval": interval, **more}
    stage["criteria"] = ["p95 <= baseline + 10%"]
    plan = plan_of([], rate="6800/s", judge=judge, stages=[stage])
    return StageDesign(plan, plan.stages[0])


@pytest.fixture(scope="module")
def day():
    return design("24h")


def test_a_slowdown_that_begins_in_a_long_stage_is_found_long_before_its_end(day):
    found = found_by_s(day, QuantileChange(0.95, 0.10, 0.25), TYPICAL, 36_000.0)
    assert 36_000.0 < found < 0.82 * DAY_S


def test_a_slowdown_that_the_whole_stage_would_make_up_for_is_not_found(day):
    assert found_by_s(day, QuantileChange(0.95, 0.10, 0.25), TYPICAL, 0.7 * DAY_S) is None


def test_a_short_stage_finds_it_at_its_end():
    later = later_slowdown(design("15m", block="30s", interval="10s"), TYPICAL)
    assert (later.slowdown, later.begins_s) == (pytest.approx(0.25), pytest.approx(340.0))
    assert later.found_by_s in (None, 900.0)


def test_a_stage_that_may_be_extended_is_drawn_as_it_is_planned():
    extendable = design("15m", block="30s", interval="10s", on_inconclusive="extend")
    assert later_slowdown(extendable, TYPICAL).found_by_s in (None, 900.0)
    # Looks at the parts of an extension begin behind the last block that is drawn.
    short = design("150s", block="10s", interval="10s", approval="required")
    assert later_slowdown(short, TYPICAL).found_by_s is None


UNTIL = (4, 4, 6, 9, 9, 9, 12)
LOOKS = [Look(first, until, 0.01, Care.LOOK) for first, until in enumerate(UNTIL)]


@given(st.lists(st.lists(st.booleans(), min_size=7, max_size=7), max_size=12), st.integers(-2, 12))
def test_when_all_stages_but_some_have_failed_needs_no_answer_about_most_of_them(failed, spare):
    first = sorted(next((n for n, yes in zip(UNTIL, row, strict=True) if yes), 99) for row in failed)
    needed = len(failed) - spare
    by_all = 4 if needed <= 0 else first[needed - 1] if needed <= len(first) else 99
    found = after_all_but(spare, len(failed), LOOKS, lambda stage, look: failed[stage][look.first])
    assert found == (None if by_all == 99 else by_all)


def test_of_stages_that_failed_before_only_the_latest_look_is_asked():
    asked = []

    def fails(stage, look):
        asked.append((stage, look.first))
        return look.until >= 6

    assert after_all_but(0, 100, LOOKS, fails) == 6
    assert len(asked) == 2 + 1 + 99
