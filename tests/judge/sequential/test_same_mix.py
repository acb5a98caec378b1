"""A look accuses the canary of nothing that another mix of requests explains."""

import pytest

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from tests.acceptance.endpoints import evidence_of
from tests.acceptance.pods import Side, plan_of

PROMISES = ["p95 <= baseline + 10%", "p95 < 150ms"]


def verdict(heavy_of_canary, scale=1.0):
    """Half of 1,000 requests a second each; 5 % of the baseline's are eight times as slow as the others."""
    plan = plan_of(PROMISES, minutes=10, per_s=1000, weight="50%")
    light = Side(1, 475.0), Side(1, 500.0 * (1 - heavy_of_canary), scale=scale)
    heavy = Side(1, 25.0, scale=8.0), Side(1, 500.0 * heavy_of_canary, scale=8.0 * scale)
    return judge_stage(plan, evidence_of(plan, "S0", {"/light": light, "/heavy": heavy}, (1,)))


def outcomes(judged):
    return {finding.outcome for finding in judged.findings[: len(PROMISES)]}


@pytest.mark.parametrize("heavy", [0.08, 0.0])
def test_a_good_canary_with_another_mix_never_fails(heavy):
    judged = verdict(heavy)
    assert judged.outcome is not Outcome.FAIL
    assert judged.early_fail is None


def test_requests_that_only_the_canary_got_are_invalid_and_fail_nothing():
    judged = verdict(0.25)
    assert judged.outcome is not Outcome.FAIL
    assert judged.early_fail is None


def test_a_lighter_mix_does_not_hide_a_slower_canary():
    judged = verdict(0.03, scale=1.6)
    assert judged.findings[0].outcome is Outcome.FAIL
    assert judged.findings[0].observed == pytest.approx(60, abs=8)
