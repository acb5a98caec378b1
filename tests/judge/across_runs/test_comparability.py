"""Whether what was measured twice can be compared."""

import pytest

from harness.judge.across_runs.comparability import (
    Conditions,
    IncomparableError,
    differences,
    shares,
    surroundings_of,
    windows_of,
)
from tests.judge.simulator import plan_of

RECORDED = plan_of(["p95 < 150ms"])


def between(other):
    """Return why windows of the recorded plan can't be judged by another."""
    return differences(Conditions("the run", windows_of(RECORDED)), Conditions("other", windows_of(other)))


@pytest.mark.parametrize(
    "changes",
    [
        {"judge": {"tolerance": "5%", "block": "6s", "warmup": "4s"}},
        {"levels": {"p95": {"critical": "> 1s"}}},
        {"targets": "embedded"},
        {"seed": 99},
    ],
)
def test_limits_settings_and_targets_may_differ(changes):
    assert between(plan_of(["error rate < 1%", "p95 < 100ms"], **changes)) == ()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"weight": "25%"}, "stage canary: 50% for 2m at 200/s in the run, 25% for 2m at 200/s in other"),
        ({"rate": "300/s"}, "at 200/s in the run, 50% for 2m at 300/s in other"),
        ({"duration": "240s"}, "50% for 2m at 200/s in the run, 50% for 4m"),
        (
            {"load": {"arrival_rate": "200/s", "arrivals": "poisson"}},
            "arrivals: constant in the run, poisson in other",
        ),
        (
            {
                "stages": [
                    {
                        "name": "full",
                        "weight": "100%",
                        "duration": "60s",
                        "interval": "2s",
                        "criteria": ["p95 < 1s"],
                    }
                ]
            },
            "stages: canary in the run, full in other",
        ),
    ],
)
def test_a_plan_of_another_load_is_unlike_and_says_in_what(changes, why):
    reasons = between(plan_of(["p95 < 150ms"], **changes))
    assert any(why in reason for reason in reasons)
    assert why in str(IncomparableError("not alike", reasons))


def mixes(one, other):
    return differences(Conditions("a", {}, one), Conditions("b", {}, other))


def test_mixes_are_alike_up_to_five_points():
    assert mixes({"x": 0.5, "y": 0.5}, {"x": 0.54, "y": 0.46}) == ()
    assert len(mixes({"x": 0.5, "y": 0.5}, {"x": 0.4, "y": 0.5, "z": 0.1})) == 2


def test_a_mix_is_each_endpoint_s_share_of_the_requests():
    assert shares({"y": 1, "x": 3}) == {"x": 0.75, "y": 0.25}
    assert shares({}) == {}


def test_surroundings_of_a_damaged_run_are_unknown():
    assert surroundings_of({"machine": "none"}, RECORDED)["processors of the load generator"] == "None"
