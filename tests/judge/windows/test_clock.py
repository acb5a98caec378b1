"""A stage is judged on its plateaus: where nothing warms up and no rate changes."""

from hypothesis import given
from hypothesis import strategies as st

from harness.judge.windows.clock import Plateau, StageClock
from harness.record.evidence import Interval

SPIKE = StageClock.of(10.0, 20.0, 30.0, 300.0, [(0.0, 100.0), (105.0, 165.0), (180.0, 300.0)])


def test_only_intervals_that_lie_wholly_on_a_plateau_after_the_warm_up_are_judged():
    assert SPIKE.plateaus == (Plateau(2, 10), Plateau(11, 16), Plateau(18, 30))
    assert [number for number in range(30) if not SPIKE.is_judged(number)] == [0, 1, 10, 16, 17]
    assert list(SPIKE.not_judged_s()) == [(0.0, 20.0), (100.0, 110.0), (160.0, 180.0)]
    assert SPIKE.left_out_s == 50.0
    assert SPIKE.settles_s == 20.0


def test_no_block_reaches_from_one_plateau_into_the_next():
    places = {number: SPIKE.place_in_block(number) for number in range(30)}
    blocks = [number for number, place in places.items() if place == 0]
    assert blocks == [2, 5, 11, 18, 21, 24, 27]
    assert SPIKE.planned_blocks == len(blocks)
    assert [number for number, place in places.items() if place is None] == [0, 1, 8, 9, 10, 14, 15, 16, 17]


def test_the_measured_time_of_a_block_is_that_of_all_blocks_up_to_it():
    ends_s = [50.0, 80.0, 140.0, 210.0, 240.0, 270.0, 300.0]
    assert [SPIKE.measured_s(at_s) for at_s in ends_s] == [30.0 * number for number in range(1, 8)]


def test_a_plateau_that_reaches_the_end_goes_on_in_an_extension():
    assert SPIKE.is_judged(30)
    assert not StageClock.of(10.0, 0.0, 10.0, 60.0, [(0.0, 50.0)]).is_judged(6)


def test_a_stage_whose_rate_never_stays_is_not_judged():
    clock = StageClock.of(10.0, 0.0, 30.0, 60.0, [])
    assert clock.planned_blocks == 0
    assert clock.left_out_intervals == clock.intervals == 6
    assert clock.settles_s == 60.0


@given(st.integers(0, 12), st.integers(1, 4), st.integers(1, 20))
def test_a_stage_with_one_rate_is_one_plateau_after_its_warm_up(warmup, block, intervals):
    clock = StageClock.of(1.0, float(warmup), float(block), float(intervals))
    judged = max(intervals - warmup, 0)
    assert clock.planned_blocks == judged // block
    assert clock.left_out_intervals == min(warmup, intervals)
    for number in range(intervals + 3):
        assert clock.is_judged(number) == (number >= warmup)
        in_blocks = warmup <= number < warmup + judged // block * block
        assert clock.place_in_block(number) == ((number - warmup) % block if in_blocks else None)
        assert clock.number_of(Interval(float(number), 1.0, {})) == number
