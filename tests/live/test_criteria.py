import math

import pytest

from harness.live.criteria import CriteriaStatus
from harness.plan.loader import parse_plan
from tests.live.windows import PLAN, TEXT, figures_of, is_close, window


def standing(*windows, plan=PLAN):
    criteria = CriteriaStatus(plan).of(figures_of(*windows, plan=plan).stages[0])
    return {criterion.criterion: criterion for criterion in criteria}


def test_each_measure_shows_its_plain_value_after_the_warm_up():
    found = standing(window(0, failed=400), window(1), window(2, failed=5), window(3, failed=5))
    assert is_close(found["p95 < 150ms"].observed, 0.030)
    assert is_close(found["service mean < 1s"].observed, (1000 * 0.030 + 10 * 1.0) / 1010)
    assert is_close(found["max < 9s"].observed, 1.0)
    assert found["error rate < 1%"].observed == 10 / 1010
    assert found["throughput > 50/s"].observed == 100
    assert all(found[text].holds for text in ("p95 < 150ms", "error rate < 1%", "throughput > 50/s"))


def test_a_relative_limit_follows_the_baseline():
    found = standing(window(2))["p95 < baseline + 10%"]
    assert is_close(found.limit, 0.022)
    assert found.holds is False


def test_a_criterion_of_the_system_has_no_value_here():
    found = standing(window(2))
    assert found["cpu < 80%"].observed is found["cpu < 80%"].holds is None
    assert found["no critical alerts"].holds is None


def test_the_first_byte_is_shown_where_it_was_read_and_no_other_clock_instead():
    told = standing(window(2, first_byte_ms=12))["ttfb p95 < 80ms"]
    assert is_close(told.observed, 0.012)
    assert told.holds
    assert standing(window(2))["ttfb p95 < 80ms"].observed is None


def test_no_criterion_has_a_value_before_the_warm_up_is_over():
    assert standing(window(0))["p95 < 150ms"].holds is None


@pytest.mark.parametrize(("measured", "needs_s"), [(0, 60), (4, 20), (6, 0), (7, 0)])
def test_an_absolute_criterion_needs_six_blocks_and_its_requests(measured, needs_s):
    found = standing(*(window(2 + number) for number in range(measured)))
    assert found["error rate < 1%"].needs_s == needs_s


@pytest.mark.parametrize(("per_s", "needs_s"), [(100, 100), (1, math.inf), (0.001, math.inf)])
def test_a_comparison_needs_ten_blocks_of_twenty_canary_requests(per_s, needs_s):
    # At 1/s four blocks make one, and the stage has room for 7 of the 10 that are needed.
    plan = parse_plan(TEXT.replace("100/s", f"{per_s}/s"), "plan.yaml")
    assert standing(plan=plan)["p95 < baseline + 10%"].needs_s == needs_s
