"""Whether real traffic was split as the router was set."""

from dataclasses import replace

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.validity.accounts import SPLIT
from harness.record.histograms.histogram import Histogram
from tests.judge.judged import finding
from tests.judge.validity.traffic import traffic, traffic_plan


def judged(evidence):
    return finding(judge_stage(traffic_plan(), evidence), SPLIT)


def without(evidence, variants, is_meant):
    """Leave the requests of variants out of the intervals that are meant, by number."""
    intervals = tuple(
        replace(interval, histograms=_emptied(interval.histograms, variants))
        if is_meant(number)
        else interval
        for number, interval in enumerate(evidence.intervals)
    )
    return replace(evidence, intervals=intervals)


def _emptied(histograms, variants):
    return {tag: Histogram.empty() if tag.variant in variants else held for tag, held in histograms.items()}


def test_traffic_that_follows_the_weight_passes():
    found = judged(traffic())
    assert (found.outcome, round(found.observed), found.limit) == (Outcome.PASS, 50, 50.0)


def test_another_share_than_the_weight_is_invalid():
    planned = traffic_plan("25%")
    evidence = replace(traffic(), stage=planned.stages[0])
    assert finding(judge_stage(planned, evidence), SPLIT).outcome is Outcome.INVALID


def test_a_share_that_moves_within_the_stage_is_invalid_though_its_mean_is_right():
    half = len(traffic().intervals) // 2
    moved = without(traffic(), {"canary"}, lambda number: number < half)
    moved = without(moved, {"baseline"}, lambda number: number >= half)
    found = judged(moved)
    assert found.outcome is Outcome.INVALID
    assert "in the block that ended" in found.reason


def test_without_traffic_the_split_is_not_decided():
    nothing = without(traffic(), {"baseline", "canary"}, lambda number: True)
    assert judged(nothing).outcome is Outcome.INCONCLUSIVE
