"""A share that is far above another one, and not by chance."""

import pytest

from harness.judge.validity.apart import are_apart


@pytest.mark.parametrize(
    ("here", "there", "apart"),
    [
        ((300, 1000), (0, 1000), True),
        ((300, 1000), (160, 1000), False),  # not twice as large
        ((55, 1000), (10, 1000), False),  # not by so much more
        ((2, 4), (0, 1000), True),
        ((1, 2), (0, 2), False),  # as a coin that falls twice the same way
        ((1, 1), (0, 1), False),
        ((0, 1000), (0, 1000), False),
        ((5, 5), (0, 0), False),  # nothing to compare with
        ((0, 0), (5, 5), False),
    ],
)
def test_a_share_is_far_above_another_by_times_by_points_and_not_by_chance(here, there, apart):
    assert are_apart(here, there, by=0.05) is apart


def test_one_of_many_questions_must_be_so_much_less_likely():
    here, there = (10, 20), (0, 20)
    assert are_apart(here, there, by=0.05)
    assert not are_apart(here, there, by=0.05, tries=10)
