"""What a criterion needs; what the judge then says of a perfect canary must agree."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.outcome import Outcome
from harness.judge.planning.causes import Blocks, MergedBlocks, Requests, is_met
from harness.judge.planning.needs import fewest_requests, merged_blocks, needs_of, requests_needed
from harness.judge.stage import judge_stage
from harness.judge.windows.budget import WRONG_PASS
from harness.judge.windows.design import StageDesign
from harness.plan.criteria.measure import measure_named
from tests.judge.simulator import constant, plan_of, simulate


def design(criterion="p95 < 1s", **changes):
    plan = plan_of([criterion], **changes)
    return StageDesign(plan, plan.stages[0])


def needs(criterion, **changes):
    made = design(criterion, **changes)
    return list(needs_of(made, made.stage.criteria[0]))


@pytest.mark.parametrize(("limit", "needed"), [(0.001, 2995), (0.0005, 5990), (0.01, 299), (1.0, 1)])
def test_an_error_rate_is_proved_by_about_three_over_the_limit(limit, needed):
    assert fewest_requests(limit) == needed


@pytest.mark.parametrize(
    ("name", "needed"), [("p50", 5), ("p95", 59), ("p99.9", 2995), ("max", 1), ("mean", 1)]
)
def test_a_percentile_needs_enough_requests_to_have_slower_ones(name, needed):
    assert requests_needed(measure_named(name), 0.1) == needed


def test_no_number_of_requests_proves_an_error_rate_of_nothing():
    assert fewest_requests(0.0) == math.inf


@given(st.floats(1e-6, 0.5))
def test_one_request_fewer_would_not_do(limit):
    needed = fewest_requests(limit)
    assert (1 - limit) ** needed <= WRONG_PASS * (1 + 1e-9)
    assert (1 - limit) ** (needed - 1) > WRONG_PASS * (1 - 1e-9)


@pytest.mark.parametrize(("per_s", "planned", "needed_s"), [(100, 29, 44), (5, 14, 84), (0.05, 0, 8_004)])
def test_thin_blocks_are_merged_until_they_hold_enough(per_s, planned, needed_s):
    found = merged_blocks(design(rate=f"{per_s}/s"), 10)
    assert (found.planned, found.needed_s) == (planned, needed_s)


def test_a_window_of_the_stage_holds_fewer_blocks_than_the_stage():
    blocks, requests = needs("error rate < 1% for 20s")
    assert blocks == Blocks(6, 5, 4.0, 24.0, 20.0)
    assert requests == Requests(299, 2000, 4.0, 20.0)


def test_a_comparison_of_latencies_needs_merged_blocks_and_one_of_errors_needs_the_margin():
    assert needs("p95 < baseline + 10%") == [MergedBlocks(10, 29, 400.0, 44.0, None)]
    assert needs("error rate < baseline + 1%") == [
        Blocks(10, 29, 4.0, 44.0, None),
        Requests(293, 11_600, 8.0, None),
    ]


WANTED = (
    "p95 < 1s",
    "error rate < 0.5%",
    "p95 < baseline + 50%",
    "error rate < baseline + 1%",
    "throughput > 10/s",
)


@pytest.mark.parametrize("criterion", [*WANTED, "no performance degradation", "p95 < 1s for 24s"])
@pytest.mark.parametrize("changes", [{}, {"duration": "24s"}, {"duration": "28s"}, {"rate": "30/s"}])
def test_a_perfect_canary_passes_exactly_where_nothing_is_said_against_it(criterion, changes):
    plan = plan_of([criterion], judge={"block": "4s", "warmup": "4s", "error_margin": "0.1%"}, **changes)
    steady = constant(0.02)
    verdict = judge_stage(plan, simulate(plan, baseline=steady, canary=steady))
    [found] = [finding for finding in verdict.findings if finding.criterion == criterion]
    possible = all(map(is_met, needs_of(StageDesign(plan, plan.stages[0]), plan.stages[0].criteria[0])))
    assert (found.outcome is Outcome.PASS) is possible
