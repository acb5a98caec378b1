"""Whether the evidence is complete and the traffic was split as planned."""

from dataclasses import replace

import pytest

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.validity.accounts import ACCOUNTED, SPLIT
from harness.record.events.run import RunInterrupted, WorkerLost
from harness.record.events.stage import ArrivalCounts
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import UNATTRIBUTED
from tests.judge.judged import PROBES, REQUESTS, SYSTEM, finding, with_finished
from tests.judge.simulator import plan_of, simulate

PLAN = plan_of([*REQUESTS, *SYSTEM], probes=PROBES)
GOOD = simulate(PLAN)


def test_a_split_off_by_more_than_a_block_is_invalid():
    plan = plan_of(REQUESTS)
    evidence = simulate(plan)
    by_variant = {
        "baseline": ArrivalCounts(due=12_010, completed=12_010, failed=0, dropped=0, open=0),
        "canary": ArrivalCounts(due=11_990, completed=11_990, failed=0, dropped=0, open=0),
    }
    verdict = judge_stage(plan, with_finished(evidence, by_variant=by_variant))
    assert finding(verdict, SPLIT).outcome is Outcome.INVALID


def test_a_request_that_was_written_is_missed_though_its_arrival_sent_others():
    plan = plan_of(REQUESTS)
    several = with_finished(simulate(plan), requests={"baseline": 12_000, "canary": 12_001})
    missed = finding(judge_stage(plan, several), ACCOUNTED)
    assert missed.outcome is Outcome.INVALID
    assert missed.reason == "12,001 canary requests were written, and the histograms hold 12,000."


def test_arrivals_whose_requests_reached_another_host_are_accounted_for_and_pass_nothing():
    plan = plan_of(REQUESTS)
    evidence = simulate(plan)
    elsewhere = [
        replace(
            interval,
            histograms={
                owned: histogram if owned.variant != "canary" else Histogram.empty()
                for tag, histogram in interval.histograms.items()
                for owned in {
                    tag,
                    tag._replace(variant=UNATTRIBUTED if tag.variant == "canary" else tag.variant),
                }
            },
        )
        for interval in evidence.intervals
    ]
    requests = {"baseline": 12_000, "canary": 0, UNATTRIBUTED: 12_000}
    evidence = with_finished(replace(evidence, intervals=tuple(elsewhere)), requests=requests)
    verdict = judge_stage(plan, evidence)
    assert finding(verdict, ACCOUNTED).outcome is Outcome.PASS
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_a_router_may_split_at_random_but_not_otherwise():
    targets = {"ingress": "http://127.0.0.1:10000", "variant_header": "x-variant"}
    routed = plan_of(REQUESTS, targets=targets)
    assert finding(judge_stage(routed, simulate(routed)), SPLIT).outcome is Outcome.PASS
    wrong = plan_of(REQUESTS, targets=targets, weight="25%")
    evidence = replace(simulate(plan_of(REQUESTS)), stage=wrong.stages[0])
    assert finding(judge_stage(wrong, evidence), SPLIT).outcome is Outcome.INVALID


@pytest.mark.parametrize(
    "change",
    [
        {"finished": None},
        {"started_s": None},
        {"problems": ("probes.jsonl:7: the last line is torn",)},
        {"intervals": ()},
        {"events": (WorkerLost(t_s=9.0),)},
        {"events": (RunInterrupted(t_s=9.0, signal="SIGTERM"),)},
    ],
)
def test_damaged_evidence_is_invalid(change):
    verdict = judge_stage(PLAN, replace(GOOD, **change))
    assert verdict.outcome is Outcome.INVALID
    assert finding(verdict, ACCOUNTED).outcome is Outcome.INVALID


def test_an_arrival_that_vanished_is_invalid():
    verdict = judge_stage(PLAN, with_finished(GOOD, completed=23_999))
    assert finding(verdict, ACCOUNTED).outcome is Outcome.INVALID
