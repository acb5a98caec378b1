"""What the load test says against the answers: its word is no evidence of a pass, and is named in a fail."""

from dataclasses import replace

import pytest

from harness.judge.finding import Subject
from harness.judge.outcome import Outcome
from harness.judge.sequential.watch import GROSS_REGRESSION
from harness.judge.stage import judge_stage
from harness.judge.validity.load_test import WORD, WORD_NOTED
from harness.record.events.stage import FailuresAccepted, RequestErrors
from tests.judge.judged import finding
from tests.judge.simulator import lognormal, plan_of, simulate

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


def declaring(evidence, share):
    """Say that so large a share of each variant's failures is the load test's own word."""
    events = [
        replace(event, kind="an order without an id", declared=round(share * event.count) or None)
        if isinstance(event, RequestErrors)
        else event
        for event in evidence.events
    ]
    return replace(evidence, events=tuple(events))


BAD = {"baseline": lognormal(error_rate=0.001), "canary": lognormal(error_rate=0.3)}


@pytest.mark.parametrize("subject", [Subject.of_criterion("error rate < 5%"), GROSS_REGRESSION])
def test_a_fail_for_what_the_load_test_alone_calls_failures_says_so(subject):
    verdict = judge_stage(PLAN, declaring(simulate(PLAN, **BAD), 1.0))
    assert verdict.outcome is Outcome.FAIL
    reason = finding(verdict, subject).reason
    assert 'are the load test\'s own word ("an order without an id" of GET /tasks, ' in reason
    assert "and of the baseline's " in reason


def test_a_fail_for_failures_of_the_service_says_nothing_of_the_load_tests_word():
    verdict = judge_stage(PLAN, declaring(simulate(PLAN, **BAD), 0.0))
    assert verdict.outcome is Outcome.FAIL
    assert not any("own word" in found.reason for found in verdict.findings)


def test_a_pass_says_nothing_of_the_load_tests_word():
    few = {"baseline": lognormal(error_rate=0.001), "canary": lognormal(error_rate=0.001)}
    verdict = judge_stage(PLAN, declaring(simulate(PLAN, **few), 1.0))
    assert verdict.outcome is Outcome.PASS
    assert not any("own word" in found.reason for found in verdict.findings)


def test_more_failures_of_the_load_tests_word_than_failures_are_a_contradiction():
    verdict = judge_stage(PLAN, declaring(simulate(PLAN, **BAD), 2.0))
    assert any("contradict each other" in found.reason for found in verdict.findings)
