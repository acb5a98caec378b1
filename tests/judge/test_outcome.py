"""The order of outcomes."""

import pytest

from harness.judge.outcome import Outcome, said_of, worst


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


def test_what_a_stage_came_to_is_said_in_a_verb():
    said = [said_of(outcome) for outcome in ("pass", "inconclusive", "invalid", "fail", "of another version")]
    assert said == ["passed", "is inconclusive", "is invalid", "failed", "is of another version"]
