"""Requests of no known variant."""

from dataclasses import replace

import pytest

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.validity.accounts import SPLIT
from harness.judge.validity.load_test import LOAD_TEST
from harness.judge.validity.responses.unattributed import NOTE
from harness.record.events.stage import LoadTestErrors
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import UNATTRIBUTED, Kind, Tag
from tests.judge.judged import finding
from tests.judge.looks import first_trigger
from tests.judge.simulator import ENDPOINT, lognormal, plan_of, simulate

CRITERIA = ["error rate < 5%", "error rate < baseline + 2%", "p95 < 150ms"]


def answered_by_the_router(evidence, share, kind=Kind.FAILED):
    """Take a share of the canary's good responses away: the router responded itself."""
    intervals = []
    for interval in evidence.intervals:
        histograms = dict(interval.histograms)
        mine = Tag("canary", Kind.RESPONSE, ENDPOINT)
        values = histograms[mine]
        number = int(share * values.total)
        indices, counts = values.sparse()
        left, rest = list(counts), number
        for place, count in enumerate(left):
            taken = min(rest, int(count))
            left[place], rest = int(count) - taken, rest - taken
        histograms[mine] = histograms[mine._replace(kind=Kind.SERVICE)] = Histogram(indices, left)
        for each in (Kind.RESPONSE, Kind.SERVICE, Kind.FAILED):
            is_held = each is kind or (kind is Kind.RESPONSE and each is Kind.SERVICE)
            held = Histogram([500], [number]) if is_held and number else Histogram.empty()
            histograms[Tag(UNATTRIBUTED, each, ENDPOINT)] = held
        intervals.append(replace(interval, histograms=histograms))
    return replace(evidence, intervals=tuple(intervals), finished=None, events=())


def test_a_router_that_responds_for_the_canary_keeps_the_stage_from_passing():
    plan = plan_of(CRITERIA)
    verdict = judge_stage(plan, answered_by_the_router(simulate(plan), 0.1))
    for criterion in CRITERIA:
        assert finding(verdict, criterion).outcome is not Outcome.PASS
        assert finding(verdict, criterion).outcome is not Outcome.FAIL
    assert "unattributed" in finding(verdict, "error rate < 5%").reason
    note = finding(verdict, NOTE)
    assert note.observed == pytest.approx(5.0, rel=0.05)


def test_few_unattributed_requests_do_not_keep_a_criterion_from_passing_that_holds_with_them():
    plan = plan_of(["error rate < 5%"])
    verdict = judge_stage(plan, answered_by_the_router(simulate(plan), 0.01))
    assert finding(verdict, "error rate < 5%").outcome is Outcome.PASS


def test_a_canary_that_fails_without_the_unattributed_requests_fails():
    plan = plan_of(["error rate < 5%"])
    evidence = simulate(plan, canary=lognormal(error_rate=0.2))
    verdict = judge_stage(plan, answered_by_the_router(evidence, 0.1))
    assert finding(verdict, "error rate < 5%").outcome is Outcome.FAIL


def test_the_split_must_be_right_whoever_got_them():
    plan = plan_of(["error rate < 5%"])
    verdict = judge_stage(plan, answered_by_the_router(replace(simulate(plan)), 0.4))
    assert finding(verdict, SPLIT).outcome is Outcome.INVALID


def test_errors_of_the_load_test_make_a_stage_invalid_and_are_named():
    plan = plan_of(["error rate < 5%"])
    evidence = simulate(plan)
    error = LoadTestErrors(
        t_s=9.0, stage="canary", blame="load test", kind="KeyError: 'id'", where="loadtests/u.py:7", count=12
    )
    verdict = judge_stage(plan, replace(evidence, events=(*evidence.events, error)))
    assert verdict.outcome is Outcome.INVALID
    assert finding(verdict, LOAD_TEST).reason == (
        "An error of the load test, not of the service: KeyError: 'id' at loadtests/u.py:7, 12 times."
    )


def all_unattributed(evidence, variants=("baseline", "canary")):
    """No response names its variant any more: the router lost the header."""
    intervals = []
    for interval in evidence.intervals:
        histograms = dict(interval.histograms)
        lost = [tag for tag in histograms if tag.variant in variants]
        for kind in {tag.kind for tag in lost}:
            of_kind = [histograms[tag] for tag in lost if tag.kind == kind]
            histograms[Tag(UNATTRIBUTED, kind, ENDPOINT)] = Histogram.merge(of_kind)
        histograms.update(dict.fromkeys(lost, Histogram.empty()))
        intervals.append(replace(interval, histograms=histograms))
    return replace(evidence, intervals=tuple(intervals), finished=None, events=())


def test_throughput_does_not_fail_for_want_of_responses_that_name_no_variant():
    plan = plan_of(["throughput >= 50/s"])
    found = finding(judge_stage(plan, all_unattributed(simulate(plan))), "throughput >= 50/s")
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reason.endswith("unattributed requests it may hold.")


def test_throughput_does_not_fail_for_errors_that_the_router_itself_answered():
    plan = plan_of(["throughput > 198/s"])
    found = finding(judge_stage(plan, answered_by_the_router(simulate(plan), 0.1)), "throughput > 198/s")
    assert found.outcome is Outcome.INCONCLUSIVE


def test_throughput_that_is_too_low_with_every_response_fails():
    plan = plan_of(["throughput >= 50/s"])
    evidence = simulate(plan, canary=lognormal(error_rate=1.0), baseline=lognormal(error_rate=1.0))
    verdict = judge_stage(plan, answered_by_the_router(evidence, 0.0))
    assert finding(verdict, "throughput >= 50/s").outcome is Outcome.FAIL


def test_no_trigger_takes_an_unattributed_response_for_silence():
    plan = plan_of(["error rate < 5%"], rollback=["throughput < 50/s for 5s", "service down for 5s"])
    for lost in (["canary"], ["baseline", "canary"]):
        assert first_trigger(plan, all_unattributed(simulate(plan), lost)) is None
