from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.plots.scale import Scale, tick


def axis(low: float, high: float, is_log: bool = False) -> Scale:
    return Scale(low, high, 100, 0, is_log)


@pytest.mark.parametrize(
    ("low", "high", "named"),
    [
        (0, 92.4, [0, 20, 40, 60, 80]),
        (0, 0.168, [0, 0.05, 0.1, 0.15]),
        (979, 1021, [980, 990, 1000, 1010, 1020]),
        (-14.9, 26.1, [-10, 0, 10, 20]),
        (4.5, 5.5, [4.6, 4.8, 5, 5.2, 5.4]),
    ],
)
def test_an_axis_is_named_at_round_values(low: float, high: float, named: list[float]) -> None:
    assert axis(low, high).ticks() == named


@pytest.mark.parametrize(
    ("low", "high", "named"),
    [
        (1.8, 230, [2, 5, 10, 20, 50, 100, 200]),
        (0.08, 55, [0.1, 1, 10]),
        (21, 48, [30, 40]),
        (1, 1e15, [1, 100, 1e4, 1e6, 1e8, 1e10, 1e12, 1e14]),
    ],
)
def test_an_axis_of_factors_is_named_at_1_2_and_5_as_far_as_there_is_room(
    low: float, high: float, named: list[float]
) -> None:
    assert axis(low, high, is_log=True).ticks() == pytest.approx(named)


FINITE = st.floats(-1e9, 1e9)


@given(FINITE, st.floats(1e-6, 1e9))
def test_every_axis_has_two_to_six_even_ticks_in_its_range(low: float, length: float) -> None:
    scale = axis(low, low + max(length, abs(low) * 1e-6))
    ticks = scale.ticks()
    assert 2 <= len(ticks) <= 6
    room = (scale.high - scale.low) * 1e-6
    assert all(scale.low - room <= value <= scale.high + room for value in ticks)
    steps = [after - before for before, after in pairwise(ticks)]
    assert max(steps) - min(steps) <= room


def test_equal_steps_and_equal_factors_take_equal_room() -> None:
    assert [axis(0, 10).px(value) for value in (0, 5, 10)] == [100, 50, 0]
    assert [axis(1, 100, is_log=True).px(value) for value in (1, 10, 100)] == [100, 50, 0]


@pytest.mark.parametrize("value", [0.0, -3.0])
def test_what_an_axis_of_factors_cannot_show_lies_below_it(value: float) -> None:
    assert axis(1, 100, is_log=True).px(value) > 100


def test_a_tick_has_no_needless_zeros() -> None:
    assert [tick(value) for value in (0.1, 2.0, 1250.0, 12.5)] == ["0.1", "2", "1,250", "12.5"]
