"""What is probed in a stage that a person extends, each through the controller and the live evaluation."""

import pytest

from harness.app.judging import judge_directory
from harness.judge.outcome import Outcome
from harness.record.events.approval import Decided, Decision, Via
from harness.record.events.stage import StageExtended, StageFinished, TriggerFired
from harness.record.evidence import load_evidence
from harness.record.probes import HealthProbe, MetricsProbe
from tests.live.evaluation.test_waiting import ASKED, Evaluating
from tests.rollout.scripted import Rollout, Router, plan_text

PROBES = "probes: {health: /health, metrics: /metrics}\n"
EXTENDED_S = 60.0
"""When a person extends the stage of 10 s, which ended long before."""


def bad_between(start_s, end_s):
    """Health and memory of a canary that is ill and large for a while."""

    def probe(t_s):
        bad = start_s <= t_s < end_s
        for variant in ("baseline", "canary"):
            ill = bad and variant == "canary"
            yield HealthProbe(
                t_s=t_s,
                variant=variant,
                ok=not ill,
                status=503 if ill else 200,
                latency_s=0.001,
                error="HTTP 503" if ill else None,
            )
            yield MetricsProbe(
                t_s=t_s,
                variant=variant,
                cpu=0.1,
                memory_bytes=3e9 if ill else 1e8,
                restarts=0,
                error=None,
            )

    return probe


def extended(root, trigger, probe):
    rollback = f"rollback: ['{trigger}']\n" if trigger else ""
    text = plan_text(stages=["half"], stage_extra=ASKED, extra=PROBES + rollback)
    if trigger is None:
        text = text.replace("criteria: [", "criteria: [health checks passing, memory < 2GB, ")
    rollout = Rollout(root, text, router=Router())
    rollout.process = Evaluating(rollout, probe)
    words = ((EXTENDED_S, Decision.EXTEND, 1), (200.0, Decision.APPROVE, 2))
    for after_s, decision, request in words:
        decided = Decided(
            t_s=0.0, stage="half", request=request, decision=decision, by="A", reason="r", via=Via.CLI
        )
        at_s = rollout.clock.now_s + after_s
        rollout.clock.at[at_s] = lambda decided=decided: rollout.run.append_decision(decided)
    rollout.controller.walk()
    return rollout


@pytest.mark.parametrize("trigger", ["memory > 2GB for 4s", "service down for 4s"])
def test_a_trigger_on_what_is_probed_fires_in_the_extension(tmp_path, trigger):
    rollout = extended(tmp_path, trigger, bad_between(EXTENDED_S + 3, EXTENDED_S + 9))
    [began], [fired] = rollout.events(StageExtended), rollout.events(TriggerFired)
    assert began.t_s < fired.t_s < began.t_s + 10
    assert "into the stage: its condition held for 4 s" in fired.reason
    assert rollout.states[-1] == "rolled back"
    assert judge_directory(rollout.run).outcome is Outcome.FAIL


def test_what_is_probed_in_the_wait_does_not_change_what_the_stage_came_to(tmp_path):
    rollout = extended(tmp_path, None, bad_between(EXTENDED_S - 30, EXTENDED_S - 5))
    assert rollout.states[-1] == "promoted"
    assert judge_directory(rollout.run).outcome is Outcome.PASS
    [evidence] = load_evidence(rollout.run).stages
    checks = [probe for probe in evidence.probes if isinstance(probe, HealthProbe)]
    assert all(check.ok for check in checks)
    assert max(check.t_s for check in checks) - evidence.started_s < 25
    assert len(rollout.events(StageFinished)) == 2


def test_one_that_is_ill_in_the_extension_fails_the_stage(tmp_path):
    rollout = extended(tmp_path, None, bad_between(EXTENDED_S + 3, EXTENDED_S + 5))
    found = judge_directory(rollout.run).stages[0].findings
    failed = [finding.id for finding in found if finding.outcome is Outcome.FAIL]
    assert failed == ["criterion:health checks passing", "criterion:memory < 2GB"]


def test_a_condition_at_the_end_of_one_part_and_the_start_of_the_next_did_not_hold_all_the_time(tmp_path):
    def probe(t_s):
        bad = 8 <= t_s < 12 or EXTENDED_S <= t_s < EXTENDED_S + 3
        yield from bad_between(0, 1e9 if bad else 0)(t_s)

    rollout = extended(tmp_path, "service down for 5s", probe)
    assert rollout.events(TriggerFired) == []
