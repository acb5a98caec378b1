"""Failed answers that the load test calls a success: its word is no evidence of a pass."""

from dataclasses import replace

import pytest

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.validity.load_test import WORD, WORD_NOTED
from harness.record.events.stage import FailuresAccepted
from tests.judge.judged import finding
from tests.judge.simulator import plan_of, simulate

PLAN = plan_of(["error rate < 5%"])


def accepting(evidence, canary, baseline):
    """Say of so large shares of either variant's answers that they failed and were called a success."""
    requests = evidence.finished.by_variant
    shares = {"canary": canary, "baseline": baseline}
    events = [
        FailuresAccepted(
            t_s=20.0,
            stage=evidence.stage.name,
            variant=variant,
            endpoint="GET /tasks",
            kind="HTTP 503",
            count=round(share * requests[variant].completed),
        )
        for variant, share in shares.items()
        if share
    ]
    count = sum(event.count for event in events)
    finished = replace(evidence.finished, accepted=count or None)
    return replace(evidence, events=(*evidence.events, *events), finished=finished)


def named(verdict, subject):
    return [found for found in verdict.findings if found.id == subject.id]


@pytest.mark.parametrize("share", [0.02, 0.6])
def test_failures_called_a_success_on_the_canary_alone_are_no_pass(share):
    verdict = judge_stage(PLAN, accepting(simulate(PLAN), share, 0))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    found = finding(verdict, WORD)
    assert found.observed == pytest.approx(100 * share, rel=0.01)
    assert found.reason.startswith(
        f"{100 * share:g}% of the canary's requests failed and were called a success"
    )
    assert "HTTP 503 of GET /tasks" in found.reason
    assert "against 0% of the baseline's" in found.reason


@pytest.mark.parametrize(("canary", "baseline"), [(0.0, 0.0), (0.3, 0.3), (0.05, 0.04), (0.005, 0.0)])
def test_a_load_test_that_accepts_about_as_many_failures_of_both_is_believed(canary, baseline):
    verdict = judge_stage(PLAN, accepting(simulate(PLAN), canary, baseline))
    assert verdict.outcome is Outcome.PASS
    assert named(verdict, WORD) + named(verdict, WORD_NOTED) == []


def test_failures_of_the_baseline_that_are_called_a_success_are_noted():
    verdict = judge_stage(PLAN, accepting(simulate(PLAN), 0, 0.6))
    assert verdict.outcome is Outcome.PASS
    (note,) = named(verdict, WORD_NOTED)
    assert "look at the baseline" in note.reason


def test_lost_events_of_accepted_failures_are_a_contradiction():
    evidence = accepting(simulate(PLAN), 0.6, 0)
    verdict = judge_stage(PLAN, replace(evidence, events=evidence.events[:-1]))
    assert verdict.outcome is Outcome.INVALID
    assert "0 failures that the load test called a success were written" in "".join(
        found.reason for found in verdict.findings
    )
