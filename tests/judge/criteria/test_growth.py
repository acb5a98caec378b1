"""Growth over a stage."""

from dataclasses import replace

from harness.judge.outcome import Outcome
from tests.judge.judged import CALM, PROBES, outcome_of
from tests.judge.simulator import lognormal, plan_of

STABLE = "system stable"


def ramp(by):
    """A service that gets slower all along, by so much from first to last."""

    def answer(rng, due_s):
        times_s, ok = lognormal()(rng, due_s)
        return times_s * (1 + by * due_s / 120), ok

    return answer


def stable(conditions=CALM, weight="50%", **services):
    plan = plan_of([STABLE], probes=PROBES, weight=weight)
    return outcome_of(STABLE, plan, conditions, **services)


def test_what_slows_both_variants_alike_is_no_growth_of_the_canary():
    assert stable(baseline=ramp(0.4), canary=ramp(0.4)).outcome is Outcome.PASS


def test_a_canary_that_slows_beside_a_steady_baseline_fails():
    found = stable(canary=ramp(1.0))
    assert found.outcome is Outcome.FAIL
    assert "Growth of the canary's p95 against the baseline's over the stage was" in found.reason
    assert found.lower > found.limit


def test_without_a_baseline_slowing_is_not_decided():
    found = stable(weight="100%", canary=ramp(1.0))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "Without a baseline beside it" in found.reason


def test_memory_that_grows_in_both_variants_alike_is_no_leak_of_the_canary():
    def growing(into_s):
        return 200e6 + 2e6 * into_s

    leak = replace(CALM, memory_bytes=growing)
    assert stable(leak).outcome is Outcome.FAIL
    assert stable(leak, weight="100%").outcome is Outcome.FAIL
    assert stable(replace(leak, baseline_memory_bytes=growing)).outcome is Outcome.PASS
