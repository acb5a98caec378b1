import itertools

import pytest

from harness.app.judging import judge_directory
from harness.judge.outcome import Outcome
from harness.plan.loader import parse_plan
from harness.record.events.approval import Decided, Decision, Via
from harness.record.events.release import RolledBack
from harness.record.histograms.hlog import read_hlog
from harness.rollout.exit_code import ExitCode
from harness.rollout.stage.waiting_load import needs_requests
from tests.rollout.scripted import Rollout, Router, plan_text

ASKED = ", approval: required, approval_timeout: 1h"


def waits(root, extra, then=Decision.APPROVE, after_s=60.0, **source):
    text = plan_text(stages=["half"], stage_extra=ASKED, extra=extra)
    rollout = Rollout(root, text, router=Router(), **source)
    decided = Decided(t_s=0.0, stage="half", request=1, decision=then, by="A", reason="r", via=Via.CLI)
    rollout.clock.at[rollout.clock.now_s + after_s] = lambda: rollout.run.append_decision(decided)
    return rollout


@pytest.mark.parametrize(
    ("triggers", "probes", "needed"),
    [
        ("[]", "", False),
        ("[error rate > 1% for 5s]", "", True),
        ("[p95 > 1s for 5s]", "probes: {health: /health}\n", True),
        ("[memory > 2GB for 5s]", "probes: {metrics: /metrics}\n", False),
        ("[service down for 5s]", "probes: {health: /health}\n", False),
        ("[service down for 5s]", "", True),
    ],
)
def test_the_load_goes_on_where_a_trigger_speaks_of_requests(triggers, probes, needed):
    plan = parse_plan(plan_text(extra=f"rollback: {triggers}\n{probes}"))
    assert needs_requests(plan, plan.stages[0]) is needed


def test_a_trigger_of_the_stage_alone_counts_too():
    plan = parse_plan(plan_text(stages=["half"], stage_extra=", rollback: [error rate > 1% for 5s]"))
    assert needs_requests(plan, plan.stages[0])


def test_without_such_a_trigger_nothing_is_sent_while_a_run_waits(tmp_path):
    rollout = waits(tmp_path, "")
    rollout.controller.walk()
    assert rollout.source.begun == [0]
    assert not (rollout.run.path / "waiting").exists()


def test_the_schedule_begins_anew_until_a_person_has_decided_and_its_windows_follow_each_other(tmp_path):
    rollout = waits(tmp_path, "rollback: [error rate > 50% for 5s]\n")
    rollout.controller.walk()
    assert len(rollout.source.begun) > 4
    starts_s = sorted({line.start_s for line in read_hlog(rollout.run.waiting_hlog_path(0, "half", 1))})
    steps = [round(after - before, 6) for before, after in itertools.pairwise(starts_s)]
    assert set(steps) == {1.0}
    assert judge_directory(rollout.run).outcome is Outcome.PASS


def test_an_extension_after_a_wait_goes_on_with_the_stages_own_windows(tmp_path):
    rollout = waits(tmp_path, "rollback: [error rate > 50% for 5s]\n", Decision.EXTEND, 30.0)
    again = Decided(
        t_s=0.0, stage="half", request=2, decision=Decision.APPROVE, by="A", reason="r", via=Via.CLI
    )
    rollout.clock.at[rollout.clock.now_s + 90] = lambda: rollout.run.append_decision(again)
    rollout.controller.walk()
    assert {path.name for path in (rollout.run.path / "waiting").iterdir()} == {
        "01-half-1.hlog",
        "01-half-2.hlog",
    }
    verdict = judge_directory(rollout.run)
    assert verdict.outcome is Outcome.PASS, verdict.reason


@pytest.mark.parametrize("extra", ["", "rollback: [error rate > 50% for 5s]\n"])
def test_what_is_lost_while_a_run_waits_makes_it_invalid_and_never_the_canarys_failure(tmp_path, extra):
    rollout = waits(tmp_path, extra)
    rollout.clock.at[rollout.clock.now_s + 40] = lambda: rollout.source.lost.append("worker 2 is silent")
    rollout.controller.walk()
    verdict = judge_directory(rollout.run)
    assert verdict.outcome is Outcome.INVALID
    assert rollout.events(RolledBack)[0].reason == "worker 2 is silent"
    assert ExitCode.of_run(rollout.run, verdict.outcome) is ExitCode.INVALID
