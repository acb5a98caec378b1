import pytest

from harness.record.events.approval import Decision
from harness.rollout.exit_code import ExitCode
from harness.serve.decisions import decided, wait_in
from harness.serve.reply import BadRequest
from tests.rollout.waiting import waiting_rollout

BODY = b'{"by": "Ada", "reason": "it looks good"}'


@pytest.fixture
def waiting(tmp_path):
    with waiting_rollout(tmp_path) as rollout:
        yield rollout


def test_a_decision_reaches_the_run_of_its_release(waiting, runs, offer):
    runs.registry.ask(offer, "6f5d8c")
    reply = decided(runs.registry, lambda: waiting.run.path, offer, "6f5d8c", Decision.APPROVE, BODY)
    assert (reply.status, reply.body) == (200, {"data": {"reason": "stage half is approved"}})
    runs.end(ExitCode.PASS)


def test_what_the_run_cannot_take_up_is_a_conflict(waiting, runs, offer):
    runs.registry.ask(offer, "6f5d8c")
    nobody = b'{"by": "", "reason": "x"}'
    reply = decided(runs.registry, lambda: waiting.run.path, offer, "6f5d8c", Decision.APPROVE, nobody)
    assert reply.status == 409
    runs.end(ExitCode.PASS)


def test_a_release_that_does_not_run_has_nothing_to_decide(tmp_path, runs, offer):
    runs.registry.ask(offer, "6f5d8c")
    other = decided(runs.registry, lambda: tmp_path, offer, "other", Decision.REJECT, BODY)
    not_yet = decided(runs.registry, lambda: None, offer, "6f5d8c", Decision.REJECT, BODY)
    assert (other.status, not_yet.status) == (404, 404)
    runs.end(ExitCode.PASS)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"by": "Ada"}', b'{"by": 1, "reason": "x"}', b"\xff"])
def test_a_body_says_who_and_why(runs, offer, body):
    with pytest.raises(BadRequest, match="send"):
        decided(runs.registry, lambda: None, offer, "6f5d8c", Decision.REJECT, body)


def test_a_waiting_run_says_what_it_asks_and_one_that_is_not_there_asks_nothing(tmp_path):
    with waiting_rollout(tmp_path) as rollout:
        said = wait_in(rollout.run.path)
        assert said is not None
        assert said.startswith("Stage half passed and waits for a person until ")
    assert wait_in(rollout.run.path) is None
    assert wait_in(tmp_path / "none") is None
    assert wait_in(None) is None
