"""What a stage will be able to tell."""

import math

import pytest
from scipy import stats

from harness.judge.planning.planner import DEFAULT_SD_15_MIN, outlook, outlooks
from harness.judge.stats.power import seconds_needed, smallest_error_rate
from tests.judge.simulator import plan_of

MINUTE_S = 60.0


@pytest.mark.parametrize(
    ("sd", "gap", "wrong", "minutes"),
    [
        (0.01, math.log(1.1 / 1.05), 0.01, 11),
        (0.02, math.log(1.1 / 1.05), 0.01, 44),
        (0.02, math.log(1.05), 0.05, 27),
        (0.03, math.log(1.25 / 1.1), 0.01, 13),
    ],
)
def test_the_minutes_needed_follow_from_noise_and_gap(sd, gap, wrong, minutes):
    assert seconds_needed(sd**2 * 900, gap, wrong) / MINUTE_S == pytest.approx(minutes, abs=0.6)


def test_no_gap_needs_forever():
    assert seconds_needed(0.3, 0.0, 0.01) == math.inf


@pytest.mark.parametrize("requests", [5_000, 40_000, 306_000])
def test_the_smallest_error_rate_is_found_in_95_of_100_stages_and_a_smaller_one_is_not(requests):
    rate = smallest_error_rate(0.001, requests, 0.005)

    def power(true_rate):
        fewest = next(
            k
            for k in range(requests)
            if stats.binomtest(k, requests, alternative="greater").proportion_ci(0.995, "exact").low > 0.001
        )
        return stats.binom.sf(fewest - 1, requests, true_rate)

    assert power(rate) == pytest.approx(0.95, abs=1e-6)
    assert power(rate * 0.98) < 0.95


def test_a_handful_of_requests_fails_nothing():
    assert smallest_error_rate(0.9, 3, 0.001) is None


def test_an_outlook_names_what_the_stage_can_detect():
    plan = plan_of(
        ["p95 <= baseline + 10%", "error rate < 0.1%"],
        weight="5%",
        rate="6800/s",
        duration="15m",
        judge={"block": "30s", "warmup": "60s"},
    )
    seen = outlook(plan, plan.stages[0])
    assert seen.blocks == 28
    assert seen.canary_requests == 340 * 840
    assert 0.17 < seen.smallest_slowdown < 0.22
    assert 600 <= seen.slowdown_needs_s <= 700
    assert 0.0011 < seen.smallest_error_rate < 0.0015
    assert seen.warnings == ()
    assert DEFAULT_SD_15_MIN > 0


@pytest.mark.parametrize(
    ("criterion", "changes", "says"),
    [
        ("error rate < 0.1%", {"rate": "10/s"}, "needs 2,995 canary requests and the stage sends"),
        ("p95 < 150ms", {"duration": "20s"}, "needs 6 blocks and the stage has 4"),
        ("p95 <= baseline + 10%", {"weight": "100%"}, "no baseline beside"),
        ("p95 <= baseline + 10%", {"duration": "60s"}, "needs 20 blocks"),
        ("no performance degradation", {}, "error margin of 0.02% needs 14,979 canary requests"),
        ("throughput > 7000/s", {}, "offers only 200/s"),
        ("no critical alerts", {}, "configure `probes.prometheus.alerts`"),
        ("health checks passing", {}, "configure `probes.health`"),
        ("system stable", {}, "configure `probes.metrics`"),
        ("stable for 24h", {}, "the stage lasts 2m"),
        ("error rate < 1% for 1h", {}, "the stage lasts"),
    ],
)
def test_a_criterion_that_cannot_pass_is_named_beforehand(criterion, changes, says):
    plan = plan_of([criterion], **changes)
    assert any(says in warning for warning in outlooks(plan)[0].warnings), outlooks(plan)[0].warnings


def test_a_tolerance_too_fine_for_the_stage_is_named_with_the_time_it_needs():
    judge = {"block": "30s", "warmup": "0s", "tolerance": "5%"}
    plan = plan_of(["p95 <= baseline + 5%"], rate="6800/s", weight="5%", duration="15m", judge=judge)
    assert "needs about 2" in outlooks(plan)[0].warnings[0]
