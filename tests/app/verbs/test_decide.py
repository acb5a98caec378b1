import pytest

from harness.app.verbs.decide import NotTakenUp, decide
from harness.record.events.approval import Decided, Decision, Via
from harness.record.events.approval_status import DecisionError
from harness.record.run_directory import RunDirectory
from tests.rollout.scripted import EPOCH_S, Clock, Rollout, plan_text
from tests.rollout.waiting import waiting_rollout


def said(run, decision=Decision.APPROVE, by="Ada", reason="it looks good", **clock):
    return decide(RunDirectory.open(run.path), decision, by, reason, Via.CLI, **clock)


def test_a_run_in_another_process_takes_up_a_decision_and_says_so(tmp_path):
    with waiting_rollout(tmp_path) as rollout:
        assert said(rollout.run) == "stage half is approved"
    [decided] = rollout.events(Decided)
    assert (decided.by, decided.reason, decided.via) == ("Ada", "it looks good", "cli")
    assert rollout.states[-1] == "promoted"


@pytest.mark.parametrize(
    ("by", "reason"), [("", "x"), ("Ada", " "), ("A" * 101, "x"), ("Ada", "x" * 501), ("Ada\x1b[2J", "x")]
)
def test_a_decision_needs_a_name_and_a_reason_of_bounded_length(tmp_path, by, reason):
    rollout = Rollout(tmp_path, plan_text())
    with pytest.raises(DecisionError, match="printable characters"):
        said(rollout.run, by=by, reason=reason)


def test_what_a_run_cannot_take_up_now_is_refused_with_its_state(tmp_path):
    rollout = Rollout(tmp_path, plan_text())
    with pytest.raises(DecisionError, match="has not begun"):
        said(rollout.run)
    rollout.clock.at[rollout.clock.now_s + 5] = lambda: refused(rollout.run, "it is measuring")
    rollout.controller.walk()
    refused(rollout.run, "the run has ended")


def refused(run, why):
    with pytest.raises(DecisionError, match=why):
        said(run)


def test_a_run_that_does_not_answer_is_named(tmp_path):
    with waiting_rollout(tmp_path) as rollout:
        pass
    events = rollout.run.path / "events.jsonl"
    lines = events.read_bytes().splitlines(keepends=True)
    asked = next(number for number, line in enumerate(lines) if b"approval_requested" in line)
    events.write_bytes(b"".join(lines[: asked + 1]))
    clock = Clock()
    clock.now_s = EPOCH_S + 100
    with pytest.raises(NotTakenUp, match="was killed"):
        said(rollout.run, clock=clock, sleep=clock.sleep)
