"""The order of outcomes."""

import pytest

from harness.judge.outcome import Outcome, worst


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (["pass", "pass"], "pass"),
        (["pass", "inconclusive"], "inconclusive"),
        (["inconclusive", "invalid", "pass"], "invalid"),
        (["fail", "invalid"], "fail"),
    ],
)
def test_the_worst_outcome_counts(outcomes, expected):
    assert worst(map(Outcome, outcomes)) == expected


def test_the_worst_of_nothing_is_invalid():
    assert worst([]) is Outcome.INVALID
