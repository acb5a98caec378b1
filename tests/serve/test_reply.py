"""What Flagger and Argo Rollouts are told, with the requests their documentation shows.

Sources: Flagger, docs/gitbook/usage/webhooks.md; Argo Rollouts, docs/analysis/web.md.
"""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.rollout.exit_code import ExitCode
from harness.serve.reply import BadRequest, argo, flagger, flagger_rollback, forget, read_webhook
from tests.serve.conftest import DECIDED, NOT_PASS, SAYS_NOTHING

DOCUMENTED = b"""{
    "name": "podinfo",
    "namespace": "test",
    "phase": "Progressing",
    "metadata": {
        "test":  "all",
        "token":  "16688eb5e9f289f1991c"
    }
}"""


def webhook(**changes):
    return read_webhook(json.dumps(json.loads(DOCUMENTED) | changes).encode())


def test_the_documented_webhook_is_read():
    found = read_webhook(DOCUMENTED)
    assert (found.release, found.phase, found.token) == (
        "test/podinfo/",
        "Progressing",
        "16688eb5e9f289f1991c",
    )


def test_flagger_is_held_while_the_run_is_in_progress_because_202_would_let_it_continue(runs, offer):
    answer = flagger(runs.registry, offer, webhook())
    assert answer.status == 409
    assert answer.body["data"]["running"] is True
    runs.end(ExitCode.PASS)


def test_flagger_continues_after_a_pass(runs, offer):
    flagger(runs.registry, offer, webhook(checksum="5d4f"))
    runs.end(ExitCode.PASS)
    for _ in range(2):
        answer = flagger(runs.registry, offer, webhook(checksum="5d4f"))
        assert (answer.status, answer.body["data"]["outcome"]) == (200, "pass")
    assert flagger(runs.registry, offer, webhook(checksum="6e50")).status == 409
    runs.end(ExitCode.PASS)


@pytest.mark.parametrize("code", NOT_PASS)
def test_flagger_is_halted_by_every_outcome_but_a_pass(runs, offer, code):
    flagger(runs.registry, offer, webhook())
    runs.end(code)
    assert flagger(runs.registry, offer, webhook()).status == 403


@pytest.mark.parametrize("code", SAYS_NOTHING)
def test_a_run_that_says_nothing_of_the_release_is_told_once_and_then_repeated(runs, offer, code):
    argo(runs.registry, offer, "6f5d8c")
    runs.end(code)
    told = argo(runs.registry, offer, "6f5d8c")
    assert told.body["data"]["reason"] == (
        "Because. This says nothing of the release; the next request measures it again."
    )
    assert argo(runs.registry, offer, "6f5d8c").status == 409
    runs.end(ExitCode.PASS)
    assert argo(runs.registry, offer, "6f5d8c").body["data"]["passed"]


def test_a_verdict_can_be_discarded_so_that_the_release_is_measured_again(runs, offer):
    assert forget(runs.registry, offer, "6f5d8c").status == 404
    argo(runs.registry, offer, "6f5d8c")
    runs.end(ExitCode.FAIL)
    assert forget(runs.registry, offer, "6f5d8c").status == 200
    assert argo(runs.registry, offer, "6f5d8c").status == 409
    runs.end(ExitCode.PASS)


@pytest.mark.parametrize("code", DECIDED)
def test_flagger_is_halted_by_a_decided_run_however_often_it_asks(runs, offer, code):
    flagger(runs.registry, offer, webhook())
    runs.end(code)
    for _ in range(2):
        answer = flagger(runs.registry, offer, webhook())
        assert answer.status == 403
        assert answer.body["data"]["reason"] == "Because."
    assert len(runs.started) == 1


def test_without_a_checksum_a_pass_is_given_out_once(runs, offer):
    flagger(runs.registry, offer, webhook())
    runs.end(ExitCode.PASS)
    assert flagger(runs.registry, offer, webhook()).status == 200
    assert flagger(runs.registry, offer, webhook()).status == 409
    runs.end(ExitCode.PASS)


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_release_that_is_over_is_forgotten(runs, offer, phase):
    flagger(runs.registry, offer, webhook())
    runs.end(ExitCode.FAIL)
    assert flagger(runs.registry, offer, webhook(phase=phase)).status == 200
    assert flagger(runs.registry, offer, webhook()).status == 409
    runs.end(ExitCode.PASS)


@pytest.mark.parametrize("code", list(ExitCode))
def test_a_rollback_hook_says_yes_only_to_a_release_that_failed(runs, offer, code):
    assert flagger_rollback(runs.registry, offer, webhook()).status == 403
    assert runs.started == []
    flagger(runs.registry, offer, webhook())
    assert flagger_rollback(runs.registry, offer, webhook()).status == 403
    runs.end(code)
    failed = code in {ExitCode.FAIL, ExitCode.ROLLED_BACK}
    assert flagger_rollback(runs.registry, offer, webhook()).status == (200 if failed else 403)


def test_argo_repeats_the_measurement_while_the_run_is_in_progress(runs, offer):
    answer = argo(runs.registry, offer, "6f5d8c")
    assert (answer.status, answer.body["data"]["running"]) == (409, True)
    runs.end(ExitCode.PASS)


@pytest.mark.parametrize("code", list(ExitCode))
def test_argo_succeeds_fails_or_is_inconclusive(runs, offer, code):
    argo(runs.registry, offer, "6f5d8c")
    runs.end(code)
    answer = argo(runs.registry, offer, "6f5d8c")
    data = answer.body["data"]
    assert answer.status == 200
    assert data["passed"] is (code is ExitCode.PASS)
    assert data["failed"] is (code in {ExitCode.FAIL, ExitCode.ROLLED_BACK})
    assert data["running"] is False


def test_a_release_that_waits_for_another_gets_a_reply_that_says_so(runs, offer):
    argo(runs.registry, offer, "one")
    answer = argo(runs.registry, offer, "two")
    assert (answer.status, answer.body["data"]["outcome"]) == (409, "queued")
    runs.end(ExitCode.PASS)


@pytest.mark.parametrize("release", ["", " ", "a b", "x" * 201, "é", "a\n"])
def test_a_release_without_a_sensible_mark_is_refused(runs, offer, release):
    with pytest.raises(BadRequest):
        argo(runs.registry, offer, release)
    assert runs.started == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"x"',
        b"{}",
        b"\xff",
        b"[" * 60_000,
        b'{"name": 5, "namespace": "a"}',
        b'{"name": "a"}',
        b'{"name": "a", "namespace": "b", "metadata": []}x',
        b'{"name": "a", "namespace": "b", "metadata": ["c"]}',
        b'{"name": "a", "namespace": "b", "metadata": {"token": 5}}',
    ],
)
def test_a_body_that_is_not_a_webhook_is_refused(body):
    with pytest.raises(BadRequest):
        read_webhook(body)


@given(st.binary(max_size=200))
def test_no_body_does_more_than_be_refused(body):
    with suppress(BadRequest):
        assert read_webhook(body).release


def test_while_the_run_waits_for_a_person_whoever_asks_is_told_of_which_stage(runs, offer):
    waits = "Stage canary-5 passed and waits for a person until 13:00:00 UTC."
    for answer in (
        flagger(runs.registry, offer, webhook(), lambda: waits),
        argo(runs.registry, offer, webhook().release, lambda: waits),
    ):
        data = answer.body["data"]
        assert answer.status == 409
        assert (data["outcome"], data["running"], data["passed"], data["failed"]) == (
            "waiting for approval",
            True,
            False,
            False,
        )
        assert data["reason"] == waits
    other = argo(runs.registry, offer, "another", lambda: waits)
    assert other.body["data"]["outcome"] == "queued"
