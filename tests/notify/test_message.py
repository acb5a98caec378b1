from pathlib import Path

import pytest

from harness.judge.outcome import Outcome
from harness.judge.verdict import Rollback, StageVerdict, Verdict
from harness.notify.message import Subject, Tone
from harness.plan.client.notify import News
from harness.record.events.approval import ApprovalRequested
from harness.record.events.run import RunHeld, RunStarted
from harness.record.events.stage import GeneratorLate

RUN = Path("/runs/20260108T090000Z-quick")
SUBJECT = Subject("tasks", {"version": "v2.3.1"}, RUN)


def stage(name, outcome, canary):
    return StageVerdict(name, 0.5, outcome, {"canary": canary}, 10.0, 10.0, {}, 0, ())


def test_the_end_is_told_with_its_sentence_figures_and_a_link():
    stages = (stage("a", Outcome.PASS, 1000), stage("b", Outcome.FAIL, 500))
    verdict = Verdict(Outcome.FAIL, "Stage b failed: p95.", stages, ("c",), Rollback.DONE)
    message = SUBJECT.of_verdict(verdict)
    assert message.news == (News.FAILED, News.ROLLED_BACK)
    assert message.title == "tasks v2.3.1: fail, rolled back"
    assert message.body == (
        "Stage b failed: p95. 1 of 3 stages passed. 1,500 requests to the canary.\n"
        "/runs/20260108T090000Z-quick/report.html"
    )
    assert message.tone is Tone.FAILURE


def test_a_run_that_goes_on_is_told_with_its_directory_as_it_has_no_report_yet():
    assert SUBJECT.of_event(RunStarted(t_s=0)).body == f"The run started.\n{RUN}"
    assert SUBJECT.of_event(RunHeld(t_s=0, stage="a", reason="x")).body.endswith(f"\n{RUN}")


def test_a_build_is_linked_where_one_is_known():
    subject = Subject("tasks", {"url": "https://ci.example/builds/7"}, RUN)
    message = subject.of_verdict(Verdict(Outcome.PASS, "1 stage passed.", (stage("a", Outcome.PASS, 5),)))
    assert (message.news, message.tone) == ((News.PASSED,), Tone.SUCCESS)
    assert message.body.endswith("\nhttps://ci.example/builds/7")


def test_who_is_asked_gets_the_command():
    asked = {"request": 1, "outcome": "pass", "within_s": 3600, "may_extend": True}
    message = SUBJECT.of_event(ApprovalRequested(t_s=1, stage="a", **asked))
    assert message.news == (News.WAITING,)
    assert f"harness approve {RUN} --by NAME --reason TEXT" in message.body


def test_most_events_are_not_told():
    assert SUBJECT.of_event(RunStarted(t_s=0)).news == (News.STARTED,)
    assert SUBJECT.of_event(RunHeld(t_s=0, stage="a", reason="x")).news == (News.HELD,)
    assert SUBJECT.of_event(GeneratorLate(t_s=0, stage="a")) is None


def test_a_message_is_bounded_and_has_nothing_that_acts():
    hostile = Verdict(Outcome.FAIL, "\x1b[2J" + "x" * 10_000, ())
    message = Subject("s" * 100, {"version": "v" * 1000}, RUN).of_verdict(hostile)
    assert len(message.title) <= 120
    assert len(message.body) < 800
    assert "\x1b" not in message.body


@pytest.mark.parametrize("outcome", [Outcome.INCONCLUSIVE, Outcome.INVALID])
def test_what_is_not_decided_is_a_warning_unless_the_canary_kept_its_traffic(outcome):
    told = {
        rollback: SUBJECT.of_verdict(Verdict(outcome, "Why.", (), (), rollback)).tone
        for rollback in (None, *Rollback)
    }
    assert told == {None: Tone.WARNING, Rollback.DONE: Tone.WARNING, Rollback.FAILED: Tone.FAILURE}
