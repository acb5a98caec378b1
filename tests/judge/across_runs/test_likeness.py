"""Plans a run may be judged by."""

import pytest

from harness.judge.across_runs.likeness import UnlikePlansError, unlike_mixes, unlike_plans
from tests.judge.simulator import plan_of

RECORDED = plan_of(["p95 < 150ms"])


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
    assert unlike_plans(RECORDED, plan_of(["error rate < 1%", "p95 < 100ms"], **changes)) == ()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"weight": "25%"}, "stage canary: the weight of the run is 50%, of the other plan 25%"),
        ({"rate": "300/s"}, "the rate of the run is 200/s, of the other plan 300/s"),
        ({"duration": "240s"}, "the duration of the run is 2m, of the other plan 4m"),
        ({"load": {"arrival_rate": "200/s", "arrivals": "poisson"}}, "arrivals are constant"),
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
            "the run has the stages canary; the other plan has full",
        ),
    ],
)
def test_a_plan_of_another_load_is_unlike_and_says_in_what(changes, why):
    reasons = unlike_plans(RECORDED, plan_of(["p95 < 150ms"], **changes))
    assert any(why in reason for reason in reasons)
    assert why in str(UnlikePlansError("other.yaml", reasons))


def test_mixes_are_alike_up_to_five_points():
    assert unlike_mixes({"a": 0.5, "b": 0.5}, {"a": 0.54, "b": 0.46}) == ()
    assert len(unlike_mixes({"a": 0.5, "b": 0.5}, {"a": 0.4, "b": 0.5, "c": 0.1})) == 2
