import sys
from dataclasses import replace

import pytest

from harness.app.judging import judge_directory
from harness.judge.notices import EarlyFailNotice, LevelNotice, TriggerNotice
from harness.judge.outcome import Outcome
from harness.plan.levels import Level
from harness.record.events.release import DeployFailed, RollbackFailed, RolledBack, StateChanged
from harness.record.events.run import RunFinished, RunHeld, RunInterrupted, WorkerLost
from harness.record.events.stage import (
    FailedEarly,
    LevelReached,
    StageExtended,
    StageFinished,
    StageStarted,
    TriggerFired,
)
from harness.record.run_directory import RunDirectory
from harness.rollout.event_log import EvidenceError
from harness.rollout.history import rolled_back_by_trigger
from harness.rollout.state import State
from tests.rollout.scripted import Rollout, Router, plan_text

WALKED = ["deploying", "warming", "measuring", "draining", "judging", "judged"]
TRIGGER = TriggerNotice("half", "error rate > 10% for 5s", "it held")


def commands(deploy="pass", rollback="pass"):
    """Return plan text for a deploy command of every stage and the rollback command, both Python code."""
    words = f"[{sys.executable}, -c, {deploy!r}]"
    back = f"deploy: {{rollback: {{command: [{sys.executable}, -c, {rollback!r}]}}}}\n"
    return {"extra": back, "stage_extra": f", deploy: {{command: {words}}}"}


def test_stages_that_pass_are_promoted_and_the_last_one_declares(tmp_path):
    rollout = Rollout(tmp_path, plan_text(), router=Router())
    rollout.controller.walk()
    assert rollout.states == ["preflight", *WALKED, "promoted", *WALKED, "promoted", "declared"]
    assert rollout.events(RunFinished)[0].outcome == "pass"
    assert judge_directory(rollout.run).outcome is Outcome.PASS
    assert [float(weight) for weight in rollout.router.weights] == [0.5, 1.0]


def test_a_part_of_a_release_declares_nothing(tmp_path):
    rollout = Rollout(tmp_path, plan_text(stages=["half"]))
    rollout.controller.walk()
    assert rollout.states[-1] == "promoted"


def test_every_step_has_a_reason(tmp_path):
    rollout = Rollout(tmp_path, plan_text())
    rollout.controller.walk()
    assert all(event.reason for event in rollout.events(StateChanged))


def test_a_stage_that_fails_is_rolled_back_once(tmp_path):
    rollout = Rollout(tmp_path, plan_text(), router=Router(), failing={1: 0.5})
    rollout.controller.walk()
    assert rollout.states[-3:] == ["judged", "rolling back", "rolled back"]
    assert [float(weight) for weight in rollout.router.weights] == [0.5, 0.0]
    assert len(rollout.events(RolledBack)) == 1
    assert not rolled_back_by_trigger(rollout.run)


def test_a_rollback_is_timed_from_the_first_failed_request(tmp_path):
    rollout = Rollout(tmp_path, plan_text(), failing={1: 0.5})
    rollout.controller.walk()
    [event] = rollout.events(RolledBack)
    assert event.after_first_bad_s == pytest.approx(10.0, abs=0.5)


def test_a_plan_may_hold_instead(tmp_path):
    text = plan_text(stage_extra=", on_fail: hold")
    rollout = Rollout(tmp_path, text, router=Router(), failing={1: 0.5})
    rollout.controller.walk()
    assert rollout.states[-1] == "held"
    assert [float(weight) for weight in rollout.router.weights] == [0.5]


def test_a_trigger_ends_the_stage_and_rolls_back_before_anything_is_judged(tmp_path):
    rollout = Rollout(tmp_path, plan_text(), [(105.0, TRIGGER)], Router())
    rollout.controller.walk()
    assert rollout.states == ["preflight", "deploying", "warming", "measuring", "rolling back", "rolled back"]
    [fired], [back] = rollout.events(TriggerFired), rollout.events(RolledBack)
    assert fired.trigger == TRIGGER.trigger
    assert back.t_s - fired.t_s < 1.0
    assert rolled_back_by_trigger(rollout.run)
    assert judge_directory(rollout.run).outcome is Outcome.FAIL


def test_a_trigger_overrules_a_plan_that_would_hold(tmp_path):
    rollout = Rollout(tmp_path, plan_text(stage_extra=", on_fail: hold"), [(105.0, TRIGGER)], Router())
    rollout.controller.walk()
    assert rollout.states[-1] == "rolled back"


def test_a_trigger_that_was_missed_is_found_in_the_evidence(tmp_path):
    rollout = Rollout(tmp_path, plan_text(extra="rollback: [error rate > 10% for 3s]\n"), failing={1: 0.2})
    rollout.controller.walk()
    assert rollout.states[-1] == "rolled back"
    assert rolled_back_by_trigger(rollout.run)


def test_a_trigger_fires_while_a_command_still_runs(tmp_path):
    text = plan_text(**commands(deploy="import time; time.sleep(600)"))
    rollout = Rollout(tmp_path, text, [(101.0, replace(TRIGGER, stage=None))])
    rollout.controller.walk()
    assert rollout.states[-2:] == ["rolling back", "rolled back"]
    assert rollout.events(TriggerFired)[0].stage == "half"
    assert rollout.source.begun == []


@pytest.mark.parametrize(
    ("deploy", "says"),
    [("raise SystemExit(1)", "exit code 1"), ("print('x' * 10**8); raise SystemExit(3)", "exit code 3")],
)
def test_a_deploy_command_that_fails_is_recorded_and_rolled_back(tmp_path, deploy, says):
    rollout = Rollout(tmp_path, plan_text(**commands(deploy)))
    rollout.controller.walk()
    [failed] = rollout.events(DeployFailed)
    assert failed.reason == says
    assert len(failed.output) < 5000
    assert rollout.states[-1] == "rolled back"
    assert rollout.events(RunFinished)[0].outcome == "invalid"
    assert judge_directory(rollout.run).outcome is not Outcome.PASS


def test_a_rollback_command_that_fails_is_recorded(tmp_path):
    rollout = Rollout(tmp_path, plan_text(**commands(rollback="raise SystemExit(7)")), failing={1: 0.5})
    rollout.controller.walk()
    [failed] = rollout.events(RollbackFailed)
    assert failed.problems == ("the rollback command: exit code 7.",)
    assert rollout.states[-1] == "rollback failed"
    assert not rolled_back_by_trigger(rollout.run)


class BrokenRouter(Router):
    """Takes the first weight and then fails in a way that no router says it would."""

    def set_shares(self, stage, shares):
        if self.weights:
            raise OSError("the network is unreachable")
        super().set_shares(stage, shares)


def test_a_router_that_breaks_does_not_keep_the_rollback_command_from_running(tmp_path):
    done = tmp_path / "done"
    text = plan_text(**commands(rollback=f"open({str(done)!r}, 'w')"))
    rollout = Rollout(tmp_path, text, router=BrokenRouter(), failing={1: 0.5})
    rollout.controller.walk()
    [failed] = rollout.events(RollbackFailed)
    assert failed.problems == ("OSError: the network is unreachable",)
    assert done.exists()


def test_a_rollback_that_the_traffic_does_not_confirm_has_failed(tmp_path):
    rollout = Rollout(
        tmp_path, plan_text(), failing={1: 0.5}, wrong_after="a request still reached the canary"
    )
    rollout.controller.walk()
    assert rollout.events(RollbackFailed)[0].problems == ("a request still reached the canary",)


def test_a_router_that_reports_another_weight_is_rolled_back(tmp_path):
    class Stubborn(Router):
        def verify(self):
            return {}

    rollout = Rollout(tmp_path, plan_text(), router=Stubborn())
    rollout.controller.walk()
    assert "reports 0.0000%" in rollout.events(DeployFailed)[0].reason
    assert rollout.states[-1] == "rolled back"


def test_an_interrupted_release_is_rolled_back(tmp_path):
    rollout = Rollout(tmp_path, plan_text(), router=Router())
    rollout.clock.at[104.0] = lambda: rollout.controller.interrupt("SIGTERM")
    rollout.controller.walk()
    assert rollout.events(RunInterrupted)[0].signal == "SIGTERM"
    assert rollout.states[-1] == "rolled back"
    assert judge_directory(rollout.run).outcome is not Outcome.PASS


def test_a_run_that_crashes_is_rolled_back(tmp_path):
    rollout = Rollout(tmp_path, plan_text(), router=Router(), breaks=True)
    with pytest.raises(RuntimeError, match="the source broke"):
        rollout.controller.walk()
    assert rollout.states[-1] == "rolled back"
    assert rollout.process.stopped


def test_an_inconclusive_stage_holds_for_a_person(tmp_path):
    text = plan_text(stages=["half"]).replace("error rate < 30%", "error rate < 0.01%")
    rollout = Rollout(tmp_path, text, router=Router())
    rollout.controller.walk()
    assert rollout.states[-1] == "held"
    assert rollout.events(RunHeld)[0].reason == "inconclusive"


def test_an_inconclusive_stage_is_extended_twice_at_most_in_one_log(tmp_path):
    text = plan_text(stages=["half"], stage_extra=", on_inconclusive: extend")
    rollout = Rollout(tmp_path, text.replace("error rate < 30%", "error rate < 0.01%"))
    rollout.controller.walk()
    assert [event.duration_s for event in rollout.events(StageExtended)] == [20.0, 30.0]
    assert len(rollout.events(StageStarted)) == len(rollout.events(StageFinished)) == 1
    [finished] = rollout.events(StageFinished)
    assert (finished.duration_s, finished.due) == (30.0, 6000)
    assert [path.name for path in (rollout.run.path / "stages").iterdir()] == ["01-half.hlog"]


def test_a_stage_that_is_decided_after_an_extension_goes_on(tmp_path):
    # 0.2 % of the canary's requests may fail: 1,000 good ones leave that open, 2,000 more do not.
    text = plan_text(stages=["half"], stage_extra=", on_inconclusive: extend")
    rollout = Rollout(tmp_path, text.replace("error rate < 30%", "error rate < 0.2%"))
    rollout.controller.walk()
    assert len(rollout.events(StageExtended)) in (1, 2)
    assert rollout.states[-1] == "promoted"
    assert judge_directory(rollout.run).outcome is Outcome.PASS


def test_whoever_follows_a_stage_hears_that_it_is_judged(tmp_path):
    rollout = Rollout(tmp_path, plan_text(stages=["half"]))
    rollout.controller.walk()
    assert rollout.seen[-1].state == "judging"


def test_a_lost_worker_ends_the_stage_without_a_pass(tmp_path):
    rollout = Rollout(tmp_path, plan_text(), router=Router())
    rollout.clock.at[104.0] = lambda: rollout.source.lost.append("worker 2 is silent")
    rollout.controller.walk()
    assert rollout.events(WorkerLost)[0].reason == "worker 2 is silent"
    assert rollout.states[-1] == "rolled back"


def test_levels_become_events(tmp_path):
    level = LevelNotice("half", "p95", Level.CRITICAL, 0.3, "")
    rollout = Rollout(tmp_path, plan_text(), [(105.0, level)])
    rollout.controller.walk()
    [event] = rollout.events(LevelReached)
    assert (event.stage, event.measure, event.level) == ("half", "p95", "critical")
    assert rollout.states[-1] == "declared"


ALERT = EarlyFailNotice(
    "half", "no critical alerts", 4.0, "The critical alert DiskFull fired, 0 are allowed."
)


def test_a_stage_that_can_only_fail_is_cut_short_and_rolled_back_before_anything_is_judged(tmp_path):
    rollout = Rollout(tmp_path, plan_text(), [(105.0, ALERT), (105.2, ALERT)], Router())
    rollout.controller.walk()
    assert rollout.states == ["preflight", "deploying", "warming", "measuring", "rolling back", "rolled back"]
    [failed], [back] = rollout.events(FailedEarly), rollout.events(RolledBack)
    assert (failed.criterion, failed.reason) == (ALERT.criterion, ALERT.reason)
    assert back.reason == "stage half cannot pass any more: no critical alerts"
    assert back.t_s - failed.t_s < 1.0
    assert rollout.events(StageFinished)[0].due < 1500
    assert not rolled_back_by_trigger(rollout.run)
    assert judge_directory(rollout.run).outcome is not Outcome.PASS


def test_a_stage_that_can_only_fail_is_held_where_the_plan_says_so(tmp_path):
    rollout = Rollout(tmp_path, plan_text(stage_extra=", on_fail: hold"), [(105.0, ALERT)], Router())
    rollout.controller.walk()
    assert rollout.states[-4:] == ["draining", "judging", "judged", "held"]
    assert [float(weight) for weight in rollout.router.weights] == [0.5]


def test_a_stage_under_way_does_not_end_for_another_that_failed(tmp_path):
    rollout = Rollout(tmp_path, plan_text(), [(115.0, ALERT)], Router())
    rollout.controller.walk()
    assert rollout.states[-1] == "declared"


def test_a_warm_up_that_is_longer_than_the_stage_does_not_lengthen_it(tmp_path):
    rollout = Rollout(tmp_path, plan_text(stages=["half"], stage_extra=", warmup: 60s"))
    rollout.controller.walk()
    assert rollout.events(RunFinished)[0].t_s < 20.0
    assert judge_directory(rollout.run).outcome is Outcome.INVALID


def test_listeners_see_the_progress_of_every_stage(tmp_path):
    rollout = Rollout(tmp_path, plan_text())
    rollout.controller.walk()
    assert {progress.index for progress in rollout.seen} == {0, 1}
    assert {progress.state for progress in rollout.seen} >= {"warming", "running"}


def test_an_interruption_gives_the_traffic_back_before_the_load_is_drained(tmp_path):
    router = Router()
    rollout = Rollout(tmp_path, plan_text(stages=["half"]), router=router)
    rollout.clock.at[104.0] = lambda: rollout.controller.interrupt("SIGTERM")
    rollout.controller.walk()
    kinds = [type(event) for event in rollout.run.events().records]
    assert kinds.index(RunInterrupted) < kinds.index(RolledBack)
    assert router.weights[-1] == 0
    assert len(rollout.events(RunInterrupted)) == 1


def test_an_interruption_after_the_last_stage_takes_a_released_canary_back(tmp_path):
    rollout = Rollout(tmp_path, plan_text())
    rollout.controller.walk()
    assert rollout.states[-1] == State.DECLARED
    assert not rollout.controller.end_late()
    rollout.controller.interrupt("SIGINT")
    assert rollout.controller.is_late_end_due
    assert rollout.controller.end_late()
    assert not rollout.controller.end_late()
    assert rollout.states[-2:] == [State.ROLLING_BACK, State.ROLLED_BACK]
    assert [event.signal for event in rollout.events(RunInterrupted)] == ["SIGINT"]


def test_evidence_that_can_no_longer_be_written_ends_the_run_with_the_traffic_given_back(
    tmp_path, monkeypatch
):
    router = Router()
    rollout = Rollout(tmp_path, plan_text(stages=["half"]), router=router)

    def full(run, event):
        raise OSError(28, "No space left on device")

    rollout.clock.at[104.0] = lambda: monkeypatch.setattr(RunDirectory, "append_event", full)
    rollout.clock.at[105.0] = lambda: rollout.controller._log(WorkerLost(t_s=5.0, stage="half", reason="a"))
    with pytest.raises(EvidenceError, match="can no longer be written: No space left on device"):
        rollout.controller.walk()
    assert router.weights[-1] == 0
