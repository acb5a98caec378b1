"""What a task sees of a response, and how it decides about it."""

import contextlib
import gzip

import gevent
import pytest

from harness.load.blame import BlameRules
from harness.record.histograms.tag import Kind
from tests.load.client import OK, client

ZIPPED = gzip.compress(b"x" * 1000, mtime=0)
CODED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"


def test_a_task_decides_what_was_a_success():
    missing = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"
    with client(missing, OK) as (one, _):
        with one.session.get("/x", catch_response=True) as response:
            response.success()
        with one.session.get("/y", catch_response=True) as response:
            response.failure("not what I wanted")
        assert one.counts() == {Kind.RESPONSE: 1, Kind.SERVICE: 1, Kind.TTFB: 1, Kind.FAILED: 1}
        assert list(one.window.tallies.errors) == [("baseline", "GET /y", "not what I wanted")]
        assert one.window.tallies.accepted == {("baseline", "GET /x", "HTTP 404"): 1}


@pytest.mark.parametrize(
    ("answer", "bits"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", [0]),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnine-byte", [4]),
        (CODED % len(ZIPPED) + ZIPPED, [10]),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", []),
    ],
    ids=["empty", "plain", "coded", "failed"],
)
def test_a_success_is_counted_with_the_size_of_its_content(answer, bits):
    with client(answer) as (one, _):
        one.session.get("/x")
        assert [key for _, _, key in one.window.close().tallies.sizes] == bits


@pytest.mark.parametrize(
    ("answer", "kinds"),
    [
        (OK, []),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", ["HTTP 503"]),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\ncut", ["timeout"]),
    ],
)
def test_what_failed_and_the_task_calls_a_success_is_counted_by_its_kind(answer, kinds):
    with client(answer) as (one, _):
        with one.session.get("/x", catch_response=True, timeout=0.2) as response:
            response.failure("not yet")
            response.success()
        assert [kind for _, _, kind in one.window.tallies.accepted] == kinds
        assert one.counts()[Kind.FAILED] == 0


FAILED = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
NOT_ZIPPED = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize(
    ("answer", "said", "is_own"),
    [
        (OK, lambda response: response.failure("no title"), True),
        (OK, lambda response: response.failure(KeyError("title")), True),
        (FAILED, lambda response: response.failure("no title"), False),
        (FAILED, lambda response: None, False),
        (NOT_ZIPPED, lambda response: response.json(), False),
    ],
)
def test_a_failure_is_the_tasks_own_word_if_the_answer_was_none(answer, said, is_own):
    with client(answer) as (one, _):
        with contextlib.suppress(Exception), one.session.get("/x", catch_response=True) as response:
            said(response)
        assert sum(one.window.tallies.errors.values()) == 1
        assert one.window.tallies.declared == (one.window.tallies.errors if is_own else {})


@pytest.mark.parametrize("error", [AssertionError("no title"), gevent.Timeout(1)])
def test_a_block_that_ends_in_an_assertion_or_a_timeout_is_the_tasks_own_word(error):
    with client(OK) as (one, _):
        with pytest.raises(type(error)), one.session.get("/x", catch_response=True):
            raise error
        assert one.window.tallies.declared == one.window.tallies.errors != {}


def test_a_block_that_finds_the_response_wrong_is_recorded_as_a_failure():
    with client(OK) as (one, _):
        with pytest.raises(AssertionError), one.session.get("/x", catch_response=True):
            raise AssertionError("no title")
        assert one.counts()[Kind.FAILED] == 1
        assert one.fired[0]["exception"] is not None


@pytest.mark.parametrize("error", [KeyError("name"), TypeError("a mistake"), StopIteration()])
def test_a_block_that_a_mistake_or_control_flow_leaves_says_nothing_about_the_response(error):
    with client(OK, session={"rules": BlameRules(control_flow=(StopIteration,))}) as (one, _):
        with pytest.raises(type(error)), one.session.get("/x", catch_response=True):
            raise error
        assert (one.counts()[Kind.RESPONSE], one.counts()[Kind.FAILED]) == (1, 0)


def test_the_url_of_a_response_is_absolute_and_its_request_can_be_read():
    with client(OK) as (one, _):
        response = one.session.post("/x", params={"a": [1, 2], "b": None}, json={"k": 1}, name="x")
        assert response.url.endswith("/x?a=1&a=2")
        assert response.request.method == "POST"
        assert response.request.body == '{"k":1}'
        assert response.request.headers["content-length"] == "7"
        assert response.elapsed.total_seconds() == pytest.approx(response.service_s, abs=1e-6)
        assert one.fired[0]["url"] == response.url


def test_without_catch_response_there_is_nothing_to_decide():
    with client(OK) as (one, _):
        response = one.session.get("/x")
        with pytest.raises(RuntimeError, match="catch_response"):
            response.failure("late")
        with pytest.raises(RuntimeError, match="catch_response"), response:
            pass
        assert one.counts()[Kind.RESPONSE] == 1


def test_an_exception_by_which_a_task_judges_goes_no_further_than_the_block():
    with client(OK, session={"rules": BlameRules(verdicts=(KeyError,))}) as (one, _):
        with one.session.get("/x", catch_response=True):
            raise KeyError("verdicts")
        assert one.counts()[Kind.FAILED] == 1
