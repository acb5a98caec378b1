"""Warning and critical levels."""

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.record.probes import MetricsProbe
from tests.judge.judged import LEVELS, PROBES, finding
from tests.judge.simulator import Conditions, plan_of, simulate, without_probes


def test_a_critical_level_fails_the_stage_and_a_warning_only_says_so():
    plan = plan_of(["error rate < 1%"], levels=LEVELS, probes=PROBES)
    warned = judge_stage(plan, simulate(plan))
    assert warned.outcome is Outcome.PASS
    assert finding(warned, "warning: p95 > 30ms").outcome is Outcome.PASS
    leak = Conditions(memory_bytes=lambda _s: 1.2e9)
    broken = judge_stage(plan, simulate(plan, conditions=leak))
    assert finding(broken, "critical: memory > 1GB").outcome is Outcome.FAIL
    assert broken.outcome is Outcome.FAIL


def test_a_level_nobody_could_see_is_inconclusive_when_the_plan_asked_for_it():
    plan = plan_of(["error rate < 1%"], levels=LEVELS, probes=PROBES)
    verdict = judge_stage(plan, without_probes(simulate(plan), MetricsProbe))
    assert verdict.outcome is Outcome.INCONCLUSIVE
