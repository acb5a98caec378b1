"""A canary that sends everybody to its login page is fast and fails nothing: that is no pass."""

from dataclasses import replace

import pytest

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.validity.responses.redirects import REDIRECTS, REDIRECTS_NOTED
from harness.record.events.stage import RequestsRedirected
from harness.record.histograms.tag import Kind
from tests.judge.judged import finding
from tests.judge.simulator import plan_of, simulate

PLAN = plan_of(["error rate < 5%"])
EVIDENCE = simulate(PLAN)
[ENDPOINT] = {tag.endpoint for tag in EVIDENCE.intervals[0].histograms if tag.kind == Kind.RESPONSE}


def redirecting(*shares):
    """Say that so large shares of requests were redirected, each (variant, share, path)."""
    requests = EVIDENCE.finished.by_variant
    events = [
        RequestsRedirected(
            t_s=20.0,
            stage=EVIDENCE.stage.name,
            variant=variant,
            endpoint=ENDPOINT,
            to=to,
            count=round(share * requests[variant].completed),
        )
        for variant, share, to in shares
    ]
    return replace(EVIDENCE, events=(*EVIDENCE.events, *events))


def test_a_canary_that_redirects_to_its_login_page_is_no_pass():
    verdict = judge_stage(PLAN, redirecting(("canary", 1.0, "/login")))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    reason = finding(verdict, REDIRECTS).reason
    assert reason.startswith(
        f"100% of the canary's {ENDPOINT} requests were redirected to /login, against 0% of the baseline's. "
        "Whether the canary does its work is not known"
    )


def test_another_place_than_the_baselines_counts_as_a_redirect_of_its_own():
    verdict = judge_stage(PLAN, redirecting(("baseline", 1.0, "/home"), ("canary", 1.0, "/login")))
    assert finding(verdict, REDIRECTS).observed == pytest.approx(100)


def test_where_more_places_than_are_told_apart_were_redirected_to_only_their_number_is_compared():
    alike = redirecting(("baseline", 0.9, "/a"), ("baseline", 0.1, "other"), ("canary", 1.0, "/b"))
    assert judge_stage(PLAN, alike).outcome is Outcome.PASS
    more = redirecting(("baseline", 0.2, "other"), ("canary", 1.0, "/b"))
    assert "were redirected to other places" in finding(judge_stage(PLAN, more), REDIRECTS).reason


def test_a_baseline_that_redirects_is_noted():
    verdict = judge_stage(PLAN, redirecting(("baseline", 0.5, "/login")))
    assert verdict.outcome is Outcome.PASS
    assert "look at the baseline" in finding(verdict, REDIRECTS_NOTED).reason


@pytest.mark.parametrize(("baseline", "canary"), [(1.0, 1.0), (0.3, 0.34), (0.0, 0.04)])
def test_variants_that_redirect_about_as_often_are_not_spoken_of(baseline, canary):
    verdict = judge_stage(PLAN, redirecting(("baseline", baseline, "/login"), ("canary", canary, "/login")))
    assert verdict.outcome is Outcome.PASS
    assert {REDIRECTS.id, REDIRECTS_NOTED.id}.isdisjoint(found.id for found in verdict.findings)


def test_more_redirected_requests_than_there_were_are_a_contradiction():
    verdict = judge_stage(PLAN, redirecting(("canary", 2.0, "/login")))
    assert verdict.outcome is Outcome.INVALID
    assert "responses of the canary were written" in "".join(found.reason for found in verdict.findings)
