"""The answer of a backtest."""

import pytest

from harness.judge.finding import Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.verdict import StageVerdict, Verdict
from harness.record.events.stage import StageStarted
from harness.report.caught import caught

EPOCH_S = 1_767_880_800.0
STARTED = StageStarted(t_s=60.0, stage="half", index=0, weight=0.5, arrival_rate_per_s=None)


def finding(at_s, outcome=Outcome.FAIL, text="p95 < 150ms"):
    return Result(outcome=outcome, reason="So it was.", decided_at_s=at_s).of(Subject.of_criterion(text))


def answer(outcome, *findings):
    stage = StageVerdict("half", 0.5, outcome, {}, None, 0.0, {}, 0, findings)
    return caught(EPOCH_S, [STARTED], Verdict(outcome, "So it was.", (stage,)))


def test_what_failed_first_is_named_with_its_moment():
    said = answer(Outcome.FAIL, finding(None), finding(200.0), finding(120.0, text="p99 < 1s"))
    where = "2026-01-08 14:03:00 UTC, 2 min into stage half"
    assert said == f"The gate would have caught it at {where}, by `p99 < 1s`."


def test_what_failed_at_the_end_says_so():
    said = answer(Outcome.FAIL, finding(None))
    assert said == "The gate would have caught it at the end of stage half, by `p95 < 150ms`."


def test_nothing_is_claimed_of_a_release_that_passed_or_could_not_be_judged():
    assert answer(Outcome.PASS, finding(None, Outcome.PASS)) == (
        "The gate would not have caught anything: every stage passed."
    )


@pytest.mark.parametrize("outcome", [Outcome.INCONCLUSIVE, Outcome.INVALID])
def test_a_stage_without_an_answer_stops_the_release(outcome):
    said = answer(outcome, finding(None, outcome))
    assert said == f"The gate would have stopped the release, after stage half: it was {outcome}."
