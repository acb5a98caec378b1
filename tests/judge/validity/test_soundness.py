"""Whether the experiment was fair."""

from dataclasses import replace

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.validity.soundness import ENDPOINTS, MIX, MIX_MOVED, STEADY
from harness.record.histograms.endpoints import OTHERS
from harness.record.histograms.tag import Tag
from tests.judge.simulator import ENDPOINT, lognormal, plan_of, simulate

PLAN = plan_of(["error rate < 1%"])


def named(verdict, name):
    return [finding for finding in verdict.findings if finding.id == name.id]


def moved(evidence, every, variants, to="POST /tasks"):
    """The same requests, those of every n-th interval under another endpoint."""

    def renamed(tag, number):
        return Tag(tag.variant, tag.kind, to) if tag.variant in variants and number % every == 0 else tag

    intervals = tuple(
        replace(each, histograms={renamed(tag, number): some for tag, some in each.histograms.items()})
        for number, each in enumerate(evidence.intervals)
    )
    return replace(evidence, intervals=intervals)


def test_a_fair_experiment_gives_no_finding():
    verdict = judge_stage(PLAN, simulate(PLAN))
    assert not named(verdict, MIX)
    assert not named(verdict, STEADY)


def test_variants_that_got_different_requests_cannot_be_compared():
    uneven = judge_stage(PLAN, moved(simulate(PLAN), 4, ("canary",)))
    [finding] = named(uneven, MIX)
    assert finding.outcome is Outcome.INVALID
    assert "POST /tasks" in finding.reason or ENDPOINT in finding.reason
    assert not named(judge_stage(PLAN, moved(simulate(PLAN), 4, ("canary", "baseline"))), MIX)


def test_a_different_mix_of_the_same_endpoints_is_noted_and_made_up_for():
    some = moved(simulate(PLAN), 4, ("canary",))
    verdict = judge_stage(PLAN, moved(some, 6, ("baseline",)))
    assert not named(verdict, MIX)
    [finding] = named(verdict, MIX_MOVED)
    assert finding.outcome is Outcome.PASS
    assert "as if both had the mix of all requests" in finding.reason


def test_a_baseline_that_moves_is_noted_and_fails_nothing():
    def slowing(rng, due_s):
        times_s, ok = lognormal()(rng, due_s)
        return times_s * (1 + due_s / 120), ok

    verdict = judge_stage(PLAN, simulate(PLAN, baseline=slowing, canary=slowing))
    [finding] = named(verdict, STEADY)
    assert finding.outcome is Outcome.PASS
    assert finding.lower > 10
    assert verdict.outcome is Outcome.PASS


def test_endpoints_that_are_counted_together_are_noted_with_the_cure_and_fail_nothing():
    verdict = judge_stage(PLAN, moved(simulate(PLAN), 2, ("baseline", "canary"), OTHERS))
    [finding] = named(verdict, ENDPOINTS)
    assert finding.outcome is Outcome.PASS
    assert finding.observed > 0
    assert "more than 200 endpoints" in finding.reason
    assert "name=" in finding.reason
    assert not named(judge_stage(PLAN, simulate(PLAN)), ENDPOINTS)
