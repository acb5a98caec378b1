"""Whether a log of real traffic can be trusted."""

from dataclasses import replace

import pytest

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.validity.access_log import COMPLETE, IN_STEP
from harness.record.events.run import WorkerLost
from tests.judge.judged import finding, with_finished
from tests.judge.validity.traffic import traffic, traffic_plan


def judged(subject, evidence, plan=None):
    return finding(judge_stage(plan or traffic_plan(), evidence), subject)


def test_a_stage_of_real_traffic_passes_without_a_word_of_a_generator():
    verdict = judge_stage(traffic_plan(), traffic())
    assert verdict.outcome is Outcome.PASS
    assert verdict.planned_rate is None
    assert not any("generator" in each.reason for each in verdict.findings)


@pytest.mark.parametrize("what", ["unread", "late", "astray"])
def test_more_than_one_line_in_a_thousand_without_a_place_is_invalid(what):
    few, many = traffic({3: {what: 1}}), traffic(**{what: 1})
    assert judged(COMPLETE, few).outcome is Outcome.PASS
    found = judged(COMPLETE, many)
    assert (found.outcome, found.limit) == (Outcome.INVALID, 0.1)


def test_an_interval_without_a_line_is_a_gap():
    found = judged(COMPLETE, traffic({4: {"lines": 0, "by_file": (0, 0), "lags_s": (None, None)}}))
    assert found.outcome is Outcome.INVALID
    assert "has no line for" in found.reason


def test_a_file_that_stops_while_others_grow_is_a_gap():
    found = judged(COMPLETE, traffic({4: {"by_file": (200, 0)}}))
    assert found.outcome is Outcome.INVALID
    assert "File 2 of the log has no line" in found.reason


def test_a_quiet_log_may_have_empty_intervals():
    quiet = {"lines": 4, "by_file": (2, 2)}
    assert judged(COMPLETE, traffic({4: {"lines": 0, "by_file": (0, 0)}}, **quiet)).outcome is Outcome.PASS


def test_what_was_lost_while_following_is_named():
    lost = replace(traffic(), events=(WorkerLost(t_s=9.0, stage="half", reason="a.log was emptied"),))
    found = judged(COMPLETE, lost)
    assert (found.outcome, found.reason) == (Outcome.INVALID, "a.log was emptied.")


def test_what_is_wrong_with_most_of_the_bad_lines_says_what_to_do():
    reason = judged(COMPLETE, traffic(unread=1, late=2)).reason
    assert "could not be read" in reason
    assert "came when their interval was closed" in reason
    assert reason.endswith("Set `settle` longer than the router buffers its log.")
    assert "time zone" in judged(COMPLETE, traffic(astray=1)).reason


def test_requests_that_were_read_must_be_in_the_histograms():
    evidence = with_finished(traffic(), requests={"baseline": 12_001, "canary": 12_000})
    found = judged(COMPLETE, evidence)
    assert found.reason == "12,001 baseline requests were read, and the histograms hold 12,000."


def test_a_clock_ahead_of_ours_is_invalid():
    found = judged(IN_STEP, traffic(lags_s=(0.1, -30.0)))
    assert (found.outcome, found.observed) == (Outcome.INVALID, 30.0)
    assert found.reason == "File 2: the log's clock is 30 s ahead of ours (at most 1 s)."


def test_one_file_of_two_whose_clock_is_an_hour_behind_is_named():
    found = judged(IN_STEP, traffic(lags_s=(0.1, 3600.0)))
    assert found.outcome is Outcome.INVALID
    assert found.reason.startswith("File 2: the log's newest line of an interval was at most 1 h old")


def test_lines_older_than_settle_are_invalid():
    assert judged(IN_STEP, traffic({3: {"lags_s": (2.5, 0.1)}})).outcome is Outcome.INVALID
    assert (
        judged(IN_STEP, traffic({3: {"lags_s": (2.5, 0.1)}}), traffic_plan(settle="3s")).outcome
        is Outcome.PASS
    )


def test_a_log_without_a_line_decides_nothing():
    assert judged(IN_STEP, traffic(lags_s=(None, None))).outcome is Outcome.INCONCLUSIVE
