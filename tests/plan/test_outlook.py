"""What a stage sends, and what the judge can use of it."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.criteria.floors import MIN_BLOCKS as JUDGE_FEWEST_BLOCKS
from harness.judge.windows.block import MIN_REQUESTS as JUDGE_FEWEST_REQUESTS
from harness.judge.windows.budget import WRONG_PASS as JUDGE_WRONG_PASS
from harness.plan.outlook import MIN_BLOCKS, MIN_REQUESTS, WRONG_PASS, Outlook, fewest_requests
from harness.plan.stage import Stage


def outlook(weight=Fraction(1, 20), duration_s=13.2, interval_s=0.6, warmup_s=1.2, block_s=0.6, rate=7000.0):
    stage = Stage(
        name="a", weight=weight, duration_s=duration_s, interval_s=interval_s, criteria=["p95 < 1s"]
    )
    return Outlook(stage, rate, warmup_s, block_s)


def test_the_least_stage_that_can_compare_has_twenty_blocks_of_two_hundred():
    least = outlook()
    assert least.canary_requests_judged() == 4_200
    assert (least.blocks, least.canary_per_block, least.compared_blocks) == (20, 210, 20)


def test_the_warm_up_is_whole_intervals():
    assert outlook(duration_s=60, interval_s=10, warmup_s=15, block_s=10).judged_s == 40


def test_thin_blocks_are_merged_until_they_hold_enough():
    assert outlook(rate=3500.0).compared_blocks == 10
    assert outlook(rate=1.0).compared_blocks == 0


def test_without_two_variants_nothing_is_compared():
    assert outlook(weight=Fraction(1)).compared_blocks == 0
    assert outlook(weight=Fraction(0)).compared_blocks == 0


def test_a_warm_up_longer_than_the_stage_leaves_nothing():
    assert (outlook(warmup_s=60).judged_s, outlook(warmup_s=60).blocks) == (0, 0)


@pytest.mark.parametrize(("limit", "needed"), [(0.001, 2995), (0.0005, 5990), (0.01, 299), (1.0, 1)])
def test_an_error_rate_is_shown_by_about_three_over_the_limit(limit, needed):
    assert fewest_requests(limit) == needed


def test_no_number_of_requests_shows_an_error_rate_of_nothing():
    assert fewest_requests(0.0) == math.inf


@given(st.floats(1e-6, 0.5))
def test_one_request_fewer_would_not_do(limit):
    needed = fewest_requests(limit)
    assert (1 - limit) ** needed <= WRONG_PASS * (1 + 1e-9)
    assert (1 - limit) ** (needed - 1) > WRONG_PASS * (1 - 1e-9)


def test_the_outlook_counts_as_the_judge_does():
    assert (MIN_REQUESTS, MIN_BLOCKS, WRONG_PASS) == (
        JUDGE_FEWEST_REQUESTS,
        JUDGE_FEWEST_BLOCKS,
        JUDGE_WRONG_PASS,
    )
