import os
from dataclasses import replace

import pytest

from harness.app.judging import judge_directory
from harness.judge.notices import TriggerNotice
from harness.judge.outcome import Outcome
from harness.judge.verdict import Rollback
from harness.record.events.approval import ApprovalExpired, ApprovalRequested, Decided, Decision, Via
from harness.record.events.approval_status import ApprovalStatus
from harness.record.events.release import RolledBack
from harness.record.events.run import RunFinished
from harness.record.events.stage import StageExtended, StageFinished, StageJudged
from harness.rollout.exit_code import ExitCode
from tests.rollout.scripted import Rollout, Router, plan_text
from tests.rollout.test_controller import WALKED

ASKED = ", approval: required, approval_timeout: 1h"
REQUIRED = plan_text(stages=["half"], stage_extra=ASKED)
HELD = plan_text(stage_extra=', approval: "when held", approval_timeout: 1h, on_fail: hold')
FIRST, SECOND = "half", "all"
TRIGGER = TriggerNotice("half", "error rate > 10% for 5s", "it held")


def waits_at_s(rollout):
    """Return when a stage of 10 s surely waits, and nothing was decided yet."""
    return rollout.clock.now_s + 60


def word(decision, request=1, stage=FIRST, by="Ada", reason="I looked at it"):
    return Decided(
        t_s=0.0, stage=stage, request=request, decision=decision, by=by, reason=reason, via=Via.CLI
    )


def walked(root, text, *words, **more):
    """Walk a rollout in which people decide at moments of the clock: (seconds after its start, decision)."""
    rollout = Rollout(root, text, router=Router(), **more)
    for after_s, decision in words:
        at_s = rollout.clock.now_s + after_s
        rollout.clock.at[at_s] = lambda decision=decision: rollout.run.append_decision(decision)
    rollout.controller.walk()
    return rollout, judge_directory(rollout.run)


def test_a_stage_that_passed_waits_and_goes_on_when_a_person_approves(tmp_path):
    rollout, verdict = walked(tmp_path, REQUIRED, (60, word(Decision.APPROVE)))
    assert rollout.states == ["preflight", *WALKED, "waiting", "promoted"]
    ended, waits = (
        next(seen for seen in reversed(rollout.seen) if seen.state == state)
        for state in ("judging", "waiting")
    )
    assert (waits.elapsed_s, waits.snapshot) == (ended.elapsed_s, ended.snapshot)
    [asked], [decided] = rollout.events(ApprovalRequested), rollout.events(Decided)
    assert (asked.outcome, asked.request, asked.within_s) == ("pass", 1, 3600)
    assert (decided.by, decided.reason, decided.via) == ("Ada", "I looked at it", "cli")
    assert 60 <= decided.t_s <= 61
    assert verdict.outcome is Outcome.PASS


def test_a_rejection_rolls_back_and_fails_the_run_by_the_persons_name(tmp_path):
    rollout, verdict = walked(tmp_path, REQUIRED, (60, word(Decision.REJECT)))
    assert rollout.states[-3:] == ["waiting", "rolling back", "rolled back"]
    assert verdict.outcome is Outcome.FAIL
    assert verdict.rollback is Rollback.DONE
    assert verdict.reason.startswith("Ada rejected stage half, 1 min after the start")
    assert verdict.reason.endswith("after the start of the run: I looked at it.")
    assert rollout.events(RunFinished)[0].outcome == "fail"
    assert ExitCode.of_run(rollout.run, verdict.outcome) is ExitCode.FAIL


def test_without_a_decision_in_time_the_run_rolls_back_and_is_inconclusive(tmp_path):
    rollout, verdict = walked(tmp_path, REQUIRED)
    [expired] = rollout.events(ApprovalExpired)
    assert expired.t_s == pytest.approx(3600, abs=60)
    assert rollout.states[-1] == "rolled back"
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.reason.startswith("Nobody decided on stage half within ")


@pytest.mark.parametrize("words", [[], [(60, word(Decision.REJECT))]])
def test_the_stages_after_the_one_that_nobody_approved_did_not_run(tmp_path, words):
    _, verdict = walked(tmp_path, plan_text(stage_extra=ASKED), *words)
    assert [stage.name for stage in verdict.stages] == ["half"]
    assert verdict.not_run == ("all",)
    assert verdict.outcome is (Outcome.FAIL if words else Outcome.INCONCLUSIVE)


def test_who_holds_begins_the_time_anew(tmp_path):
    rollout, verdict = walked(tmp_path, REQUIRED, (3000, word(Decision.HOLD)), (6000, word(Decision.APPROVE)))
    assert [event.decision for event in rollout.events(Decided)] == ["hold", "approve"]
    assert verdict.outcome is Outcome.PASS


def test_an_extended_stage_is_measured_and_asked_about_again(tmp_path):
    rollout, verdict = walked(
        tmp_path, REQUIRED, (60, word(Decision.EXTEND)), (120, word(Decision.APPROVE, request=2))
    )
    assert rollout.states == ["preflight", *WALKED, "waiting", *WALKED[1:], "waiting", "promoted"]
    assert [event.duration_s for event in rollout.events(StageExtended)] == [20.0]
    assert [event.due for event in rollout.events(StageFinished)] == [2000, 4000]
    assert [event.may_extend for event in rollout.events(ApprovalRequested)] == [True, True]
    assert verdict.outcome is Outcome.PASS
    assert verdict.stages[0].requests == {"baseline": 2000, "canary": 2000}


def test_a_stage_is_extended_twice_and_no_more(tmp_path):
    again = [(60 * n, word(Decision.EXTEND, request=n)) for n in (1, 2, 3)]
    rollout, _ = walked(tmp_path, REQUIRED, *again, (240, word(Decision.APPROVE, request=3)))
    assert [event.may_extend for event in rollout.events(ApprovalRequested)] == [True, True, False]
    assert len(rollout.events(StageExtended)) == 2


def test_an_approval_makes_a_failed_stage_no_better(tmp_path):
    rollout, verdict = walked(tmp_path, HELD, (60, word(Decision.APPROVE)), failing={1: 0.5})
    assert rollout.states.count("promoted") == 2
    assert verdict.outcome is Outcome.FAIL
    assert rollout.events(RunFinished)[0].outcome == "fail"


def test_a_plan_that_asks_when_held_asks_nobody_about_a_pass(tmp_path):
    rollout, verdict = walked(tmp_path, HELD)
    assert rollout.events(ApprovalRequested) == []
    assert verdict.outcome is Outcome.PASS


def test_a_trigger_fires_while_the_run_waits(tmp_path):
    rollout, verdict = walked(tmp_path, REQUIRED, script=[(200.0, TRIGGER)])
    assert rollout.states[-3:] == ["waiting", "rolling back", "rolled back"]
    assert verdict.outcome is Outcome.FAIL
    assert rollout.events(RunFinished)[0].outcome == "fail"
    assert ExitCode.of_run(rollout.run, verdict.outcome) is ExitCode.ROLLED_BACK


def test_an_interruption_ends_the_waiting(tmp_path):
    rollout = Rollout(tmp_path, REQUIRED, router=Router())
    rollout.clock.at[rollout.clock.now_s + 60] = lambda: rollout.controller.interrupt("SIGTERM")
    rollout.controller.walk()
    assert rollout.states[-1] == "rolled back"
    assert ExitCode.of_run(rollout.run, judge_directory(rollout.run).outcome) is ExitCode.INTERRUPTED


def test_a_stage_under_load_is_rejected_at_once(tmp_path):
    rollout, verdict = walked(tmp_path, plan_text(), (5, word(Decision.REJECT, request=0)))
    assert rollout.states[-3:] == ["measuring", "rolling back", "rolled back"]
    assert rollout.events(RolledBack)[0].t_s < 7
    assert verdict.outcome is Outcome.FAIL
    assert "Ada rejected stage half" in verdict.reason


def test_a_stage_that_is_held_under_load_waits_at_its_end(tmp_path):
    text = plan_text(stages=["half"])
    rollout, verdict = walked(
        tmp_path, text, (5, word(Decision.HOLD, request=0)), (60, word(Decision.APPROVE))
    )
    assert "waiting" in rollout.states
    assert verdict.outcome is Outcome.PASS


@pytest.mark.parametrize(
    "late",
    [
        word(Decision.APPROVE, request=0),
        word(Decision.APPROVE, request=2),
        word(Decision.APPROVE, stage=SECOND),
        word(Decision.EXTEND, stage=SECOND),
    ],
)
def test_a_decision_on_something_else_decides_nothing(tmp_path, late):
    rollout, verdict = walked(tmp_path, REQUIRED, (5, late), (60, late))
    assert rollout.events(Decided) == []
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_of_two_decisions_at_once_the_first_counts_and_is_recorded(tmp_path):
    both = (60, word(Decision.APPROVE)), (60.001, word(Decision.REJECT, by="Eve"))
    rollout, verdict = walked(tmp_path, REQUIRED, *both)
    assert [event.by for event in rollout.events(Decided)] == ["Ada"]
    assert verdict.outcome is Outcome.PASS


@pytest.mark.parametrize("what", ["garbage", "a pipe", "a link", "an hour of zeros", "a directory"])
def test_whatever_lies_in_place_of_decisions_decides_nothing(tmp_path, what):
    rollout = Rollout(tmp_path, REQUIRED)
    path = rollout.run.decisions_path
    match what:
        case "garbage":
            path.write_bytes(
                b'{"event": "decided"}\n\xff\n{"event":"run_finished","t_s":1,"outcome":"pass"}\n'
            )
        case "a pipe":
            os.mkfifo(path)
        case "a link":
            path.symlink_to("/dev/zero")
        case "an hour of zeros":
            path.write_bytes(bytes(1 << 22))
        case "a directory":
            path.mkdir()
    rollout.controller.walk()
    assert rollout.states[-1] == "rolled back"
    assert len(rollout.events(ApprovalExpired)) == 1


def test_a_record_without_the_approval_is_no_pass(tmp_path):
    rollout, verdict = walked(tmp_path, REQUIRED, (60, word(Decision.APPROVE)))
    assert verdict.outcome is Outcome.PASS
    events = rollout.run.path / "events.jsonl"
    lines = events.read_bytes().splitlines(keepends=True)
    events.write_bytes(b"".join(line for line in lines if b'"decided"' not in line))
    verdict = judge_directory(rollout.run)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.reason == "Nobody approved stage half, which needs a person's word."


def test_the_outcome_before_an_extension_contradicts_nothing(tmp_path):
    # 1,000 good requests of the canary leave it open whether 0.2 % of them may fail; 2,000 more do not.
    text = REQUIRED.replace("required", '"when held"').replace("< 30%", "< 0.2%")
    words = [(60 * n, word(Decision.EXTEND, request=n)) for n in (1, 2)]
    rollout, verdict = walked(tmp_path, text, *words)
    outcomes = [event.outcome for event in rollout.events(StageJudged)]
    assert (outcomes[0], outcomes[-1]) == ("inconclusive", "pass")
    assert verdict.outcome is Outcome.PASS


def test_a_stage_that_failed_cannot_be_measured_until_it_passes(tmp_path):
    rollout, verdict = walked(tmp_path, HELD, (60, word(Decision.EXTEND)), failing={1: 0.5})
    assert [event.may_extend for event in rollout.events(ApprovalRequested)] == [False]
    assert rollout.events(Decided) == []
    assert verdict.outcome is Outcome.FAIL


def test_the_status_of_a_rollout_follows_its_events(tmp_path):
    rollout, _ = walked(
        tmp_path, REQUIRED, (60, word(Decision.EXTEND)), (120, word(Decision.APPROVE, request=2))
    )
    status, asked = ApprovalStatus(), []
    for event in rollout.heard:
        status.hear(event)
        asked.append(status.waiting.request if status.waiting else None)
    assert list(dict.fromkeys(asked)) == [None, 1, 2]
    assert replace(rollout.events(ApprovalRequested)[1], t_s=0).request == 2
