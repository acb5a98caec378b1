"""From intervals to blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.windows.block import MIN_REQUESTS, Block, Cutter, Gatherer, by_variant, canary_requests
from harness.judge.windows.blocks import StageBlocks
from harness.judge.windows.bounded import BoundedSequence
from harness.judge.windows.clock import StageClock
from harness.plan.variant import Variant
from harness.record.evidence import Interval
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import Kind, Tag

CLOCK = StageClock.of(interval_s=10.0, warmup_s=60.0, block_s=30.0, duration_s=900.0)


NOTHING = Interval(0.0, 10.0, {})


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


def stage_blocks(intervals, clock, endpoint=None):
    cutter = Cutter(clock, Variant.BASELINE)
    cut = (cutter.take(each, by_variant(each, endpoint)) for each in intervals)
    return StageBlocks(clock, tuple(block for block in cut if block))


def test_a_stage_is_cut_into_whole_blocks_after_the_warm_up():
    blocks = stage_blocks([interval(number) for number in range(90)], CLOCK)
    assert len(blocks) == CLOCK.planned_blocks == 28
    assert blocks.ends_s[0] == 90.0
    assert blocks.ends_s[-1] == 900.0
    assert blocks.canary.completed.tolist() == [600.0] * 28


def test_a_block_is_at_least_one_interval_and_the_warm_up_is_rounded_up():
    clock = StageClock.of(interval_s=10.0, warmup_s=15.0, block_s=3.0, duration_s=100.0)
    assert clock.block_s == 10.0
    assert clock.left_out_intervals == 2
    assert clock.planned_blocks == 8


def test_the_rest_at_the_end_is_left_out():
    clock = StageClock.of(interval_s=10.0, warmup_s=0.0, block_s=30.0, duration_s=70.0)
    assert len(stage_blocks([interval(number) for number in range(7)], clock)) == 2


def test_a_block_that_misses_an_interval_is_left_out_and_the_others_keep_their_place():
    blocks = stage_blocks([interval(number) for number in range(90) if number != 7], CLOCK)
    assert len(blocks) == 27
    assert blocks.ends_s[0] == 120.0


def test_a_whole_block_that_is_missing_is_not_made_up_from_its_neighbours():
    gone = {8, 9, 10, 11}
    blocks = stage_blocks([interval(number) for number in range(90) if number not in gone], CLOCK)
    assert blocks.ends_s[:2] == (150.0, 180.0)


def test_intervals_of_an_extension_that_begins_within_one_keep_their_order():
    clock = StageClock.of(interval_s=2.0, warmup_s=0.0, block_s=2.0, duration_s=30.0)
    starts_s = [*range(0, 16, 2), *range(15, 30, 2)]
    numbers = [clock.number_of(Interval(float(start_s), 2.0, {})) for start_s in starts_s]
    assert numbers == list(range(16))


def test_one_endpoint_is_told_apart():
    blocks = stage_blocks([interval(number) for number in range(90)], CLOCK, "GET /a")
    assert blocks.canary.completed.tolist() == [300.0] * 28
    nothing = stage_blocks([interval(number) for number in range(90)], CLOCK, "GET /c")
    assert nothing.canary.requests.sum() == 0


@given(st.integers(0, 200), st.integers(4, 20))
def test_pieces_are_few_and_hold_all_blocks_whole_and_in_order(count, most):
    pieces = BoundedSequence(2 * most, Block.merge)
    for number in range(count):
        pieces.add(Block(30.0 * (number + 1), 30.0, by_variant(interval(number), "GET /a")))
    blocks = StageBlocks(CLOCK, pieces.all)
    assert len(blocks) <= 2 * most
    assert count < 2 * most or len(blocks) >= most
    assert blocks.lengths_s.sum() == 30.0 * count
    assert blocks.canary.completed.sum() == 100.0 * count
    assert [*blocks.ends_s] == blocks.lengths_s.cumsum().tolist()
    assert len(set(blocks.even.lengths_s.tolist())) <= 1


@given(st.lists(st.integers(0, 400), max_size=50))
def test_thin_blocks_are_merged_with_the_next_until_there_are_enough(requests):
    gatherer, held = Gatherer(canary_requests), 0
    for number, each in enumerate(requests):
        held += each
        held_in = interval(1, requests=each) if each else NOTHING
        block = Block(float(number), 10.0, by_variant(held_in, "GET /a"))
        merged = gatherer.take(block)
        assert (merged is not None) == (held >= MIN_REQUESTS)
        if merged:
            assert (canary_requests(merged), merged.ends_s) == (held, float(number))
            held = 0


def test_thick_blocks_hold_the_same_requests():
    blocks = stage_blocks([interval(number, requests=3) for number in range(90)], CLOCK)
    assert blocks.canary.completed[0] == 18
    assert len(blocks.merged) == 14
    assert blocks.merged.canary.completed.sum() == blocks.canary.completed.sum()
    assert blocks.merged.ends_s[0] == blocks.ends_s[1]


@pytest.mark.parametrize("block_s", [30.0, 10.0, 60.0])
def test_short_blocks_are_a_third(block_s):
    clock = StageClock.of(10.0, 60.0, block_s, 900.0)
    assert clock.fast.block_s == max(10.0, block_s / 3)
