import subprocess
import sys

import pytest

from harness.app.judging import judge_directory
from harness.judge.notices import EarlyFailNotice, LevelNotice, TriggerNotice
from harness.judge.outcome import Outcome
from harness.live.evaluation.live_evaluation import LiveEvaluation
from harness.live.evaluation.messages import StageStatus, from_line
from harness.record.events.release import RolledBack
from harness.record.events.stage import FailedEarly, StageStarted
from harness.record.evidence import load_evidence
from harness.record.follow import GrowingLog
from harness.record.probes import AlertsProbe, HealthProbe
from tests.judge.looks import early_fail
from tests.rollout.scripted import Rollout, ScriptedProcess, plan_text

LEVELS = (
    'levels: {error rate: {target: "< 1%", warning: "> 5%", critical: "> 20%"}, '
    'throughput: {warning: "< 100/s"}}\n'
)
TRIGGER = "rollback: [error rate > 10% for 3s, service down for 3s]\n"


def notices(evaluation):
    return [message for message in evaluation.look() if not isinstance(message, StageStatus)]


def watched(tmp_path, failing, extra=LEVELS):
    """Walk a rollout that is evaluated once a second; return it and every notice, with the time."""
    rollout = Rollout(tmp_path, plan_text(extra=extra), failing=failing)
    evaluation, told = LiveEvaluation(rollout.run), []

    def look():
        told.extend((round(rollout.clock() - 100.0), notice) for notice in notices(evaluation))
        rollout.clock.at[rollout.clock() + 1.0] = look

    rollout.clock.at[100.5] = look
    rollout.controller.walk()
    return rollout, told


def test_a_healthy_rollout_gives_no_notice(tmp_path):
    assert watched(tmp_path, {})[1] == []


def test_a_level_gives_a_notice_when_it_changes(tmp_path):
    _, told = watched(tmp_path, {1: 0.25})
    assert told[0][1] == LevelNotice("half", "error rate", "critical", 0.25, "error rate > 20%")


def test_a_trigger_gives_one_notice_soon_after_its_window(tmp_path):
    _, told = watched(tmp_path, {1: 0.2}, extra=TRIGGER)
    [(at_s, notice)] = told
    assert isinstance(notice, TriggerNotice)
    assert (notice.stage, notice.trigger) == ("half", "error rate > 10% for 3s")
    assert 3 <= at_s <= 6


def test_an_alert_gives_one_notice_in_a_stage_that_allows_none(tmp_path):
    text = plan_text(stages=["half"]).replace("error rate < 30%", "no critical alerts")
    rollout = Rollout(tmp_path, text)
    rollout.run.append_event(
        StageStarted(t_s=0.0, stage="half", index=0, weight=0.5, arrival_rate_per_s=200.0)
    )
    evaluation = LiveEvaluation(rollout.run)
    hlog = rollout.run.stage_hlog_path(0, "half")
    told = []
    for number, firing in enumerate(((), ("DiskFull",), ("DiskFull",))):
        rollout.run.append_probe(AlertsProbe(t_s=number + 0.5, firing=firing, error=None))
        with hlog.open("a") as log:
            log.write("#grows\n")
        told += [(number, notice) for notice in notices(evaluation)]
    [(number, notice)] = told
    assert isinstance(notice, EarlyFailNotice)
    assert (number, notice.criterion) == (1, "no critical alerts")


def test_an_outage_between_stages_also_fires_the_trigger(tmp_path):
    rollout = Rollout(tmp_path, plan_text(extra=TRIGGER))
    for t_s in (0.0, 2.0, 4.0):
        about = {"variant": "canary", "ok": False, "status": None, "latency_s": None, "error": "no answer"}
        rollout.run.append_probe(HealthProbe(t_s=t_s, **about))
    [notice] = LiveEvaluation(rollout.run).look()
    assert (notice.stage, notice.trigger) == (None, "service down for 3s")


def test_without_anything_new_a_look_finds_nothing(tmp_path):
    rollout = Rollout(tmp_path, plan_text(extra=TRIGGER))
    evaluation = LiveEvaluation(rollout.run)
    assert evaluation.look() == evaluation.look() == []


def test_a_growing_log_gives_every_interval_once_when_the_next_one_begins(tmp_path):
    rollout = Rollout(tmp_path, plan_text(stages=["half"]))
    rollout.controller.walk()
    path = rollout.run.stage_hlog_path(0, "half")
    whole, part = path.read_bytes(), tmp_path / "growing.hlog"
    log, seen = GrowingLog(part, 0.25), []
    for end in range(0, len(whole) + 1, 977):
        part.write_bytes(whole[:end])
        seen += log.new()
    part.write_bytes(whole)
    seen += log.new()
    assert seen == [*load_evidence(rollout.run).stages[0].intervals][:-1]


def test_the_status_says_how_near_the_triggers_are_and_what_the_generator_costs(tmp_path):
    rollout = Rollout(tmp_path, plan_text(stages=["half"], extra=TRIGGER), failing={1: 0.2})
    evaluation, seen = LiveEvaluation(rollout.run), []

    def look():
        seen.extend(message for message in evaluation.look() if isinstance(message, StageStatus))
        rollout.clock.at[rollout.clock() + 1.0] = look

    rollout.clock.at[100.5] = look
    rollout.controller.walk()
    error_rate, down = zip(*(status.triggers for status in seen), strict=True)
    held = [trigger.held for trigger in error_rate]
    assert held == sorted(held)
    assert (held[-1], error_rate[-1].share) == (8, 1.0)
    assert {trigger.held for trigger in down} == {0}
    assert {status.generator_cpu for status in seen} == {0.1}


class Evaluating(ScriptedProcess):
    """The live evaluation of a rollout in its own process, once a second."""

    def __init__(self, rollout):
        super().__init__(rollout.clock)
        self._evaluation, self._next_s = LiveEvaluation(rollout.run), 0.0

    def notices(self):
        if self._clock() < self._next_s:
            return []
        self._next_s = self._clock() + 1.0
        return notices(self._evaluation)


@pytest.mark.parametrize("share", [0.35, 0.4, 0.6])
def test_a_stage_that_can_only_fail_ends_early_and_is_judged_the_same_ever_after(tmp_path, share):
    rollout = Rollout(tmp_path, plan_text().replace("duration: 10s", "duration: 60s"), failing={1: share})
    rollout.process = Evaluating(rollout)
    rollout.controller.walk()
    [failed] = rollout.events(FailedEarly)
    evidence = load_evidence(rollout.run).stages[0]
    again = early_fail(rollout.run.plan, evidence)
    assert (failed.criterion, failed.at_s) == (again.criterion, again.at_s)
    assert again.at_s <= [*evidence.intervals][-1].start_s < 58
    verdict = judge_directory(rollout.run)
    assert verdict.outcome is Outcome.FAIL
    assert verdict.stages[0].early_fail == again
    assert verdict.reason.startswith(f"Stage half failed: {again.criterion}. ")
    assert f"{again.at_s:g} s into the stage" in verdict.reason
    assert rollout.events(RolledBack)[0].reason == f"stage half cannot pass any more: {again.criterion}"
    untrusted = [found for found in verdict.stages[0].findings if found.outcome is Outcome.INVALID]
    assert untrusted == []


def test_the_process_writes_messages_and_ends_with_its_run(tmp_path):
    rollout = Rollout(tmp_path, plan_text(extra=TRIGGER))
    for t_s in (0.0, 5.0):
        about = {"variant": "canary", "ok": False, "status": None, "latency_s": None, "error": "no answer"}
        rollout.run.append_probe(HealthProbe(t_s=t_s, **about))
    command = [sys.executable, "-m", "harness.live.evaluation", str(rollout.run.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        assert from_line(process.stdout.readline()).trigger == "service down for 3s"
        process.stdin.close()
        assert process.wait(30) == 0
