"""From intervals to blocks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.blocks import FEWEST_REQUESTS, Clock, stage_blocks, thick_groups
from harness.plan.variant import Variant
from harness.record.evidence import Interval
from harness.record.histogram import Histogram
from harness.record.tag import Kind, Tag

CLOCK = Clock.of(interval_s=10.0, warmup_s=60.0, block_s=30.0, duration_s=900.0)


def interval(number, requests=100, length_s=10.0):
    return Interval(
        number * length_s,
        length_s,
        {
            Tag(variant, Kind.RESPONSE, endpoint): Histogram([1000 + number], [requests])
            for variant in Variant
            for endpoint in ("GET /a", "GET /b")
        },
    )


def test_a_stage_is_cut_into_whole_blocks_after_the_warm_up():
    blocks = stage_blocks([interval(number) for number in range(90)], CLOCK)
    assert len(blocks) == CLOCK.planned_blocks == 28
    assert blocks.ends_s[0] == 90.0
    assert blocks.ends_s[-1] == 900.0
    assert blocks.canary.completed.tolist() == [600.0] * 28


def test_a_block_is_at_least_one_interval_and_the_warm_up_is_rounded_up():
    clock = Clock.of(interval_s=10.0, warmup_s=15.0, block_s=3.0, duration_s=100.0)
    assert clock.block_s == 10.0
    assert clock.warmup_intervals == 2
    assert clock.planned_blocks == 8


def test_the_rest_at_the_end_is_left_out():
    clock = Clock.of(interval_s=10.0, warmup_s=0.0, block_s=30.0, duration_s=70.0)
    assert len(stage_blocks([interval(number) for number in range(7)], clock)) == 2


def test_a_block_that_misses_an_interval_is_left_out_and_the_others_keep_their_place():
    blocks = stage_blocks([interval(number) for number in range(90) if number != 7], CLOCK)
    assert len(blocks) == 27
    assert blocks.ends_s[0] == 120.0


def test_lines_of_the_same_interval_add_up():
    blocks = stage_blocks([interval(number) for number in range(90)] + [interval(6)], CLOCK)
    assert blocks.canary.completed[:2].tolist() == [800.0, 600.0]


def test_one_endpoint_is_told_apart():
    blocks = stage_blocks([interval(number) for number in range(90)], CLOCK, "GET /a")
    assert blocks.canary.completed.tolist() == [300.0] * 28
    nothing = stage_blocks([interval(number) for number in range(90)], CLOCK, "GET /c")
    assert nothing.canary.requests.sum() == 0


def test_the_last_seconds_are_the_last_blocks():
    blocks = stage_blocks([interval(number) for number in range(90)], CLOCK)
    assert blocks.last(60.0).ends_s == (870.0, 900.0)
    assert len(blocks.last(9000.0)) == 28


@given(st.lists(st.integers(0, 400), max_size=50))
def test_thin_blocks_are_merged_with_the_next_until_there_are_enough(requests):
    groups = thick_groups(np.array(requests, dtype=float))
    assert [place for group in groups for place in group] == list(range(sum(map(len, groups))))
    for group in groups:
        assert sum(requests[place] for place in group) >= FEWEST_REQUESTS
        assert sum(requests[place] for place in group[:-1]) < FEWEST_REQUESTS
    shorter = thick_groups(np.array(requests[:-1], dtype=float))
    assert groups[: len(shorter)] == shorter


def test_thick_blocks_hold_the_same_requests():
    blocks = stage_blocks([interval(number, requests=30) for number in range(90)], CLOCK)
    assert blocks.canary.completed[0] == 180
    assert len(blocks.thick) == 14
    assert blocks.thick.canary.completed.sum() == blocks.canary.completed.sum()
    assert blocks.thick.ends_s[0] == blocks.ends_s[1]


@pytest.mark.parametrize("block_s", [30.0, 10.0, 60.0])
def test_short_blocks_are_a_third(block_s):
    clock = Clock.of(10.0, 60.0, block_s, 900.0)
    assert clock.fast.block_s == max(10.0, block_s / 3)
