"""The session against a server that can do anything: every request counted once, as what it was."""

import time
from contextlib import contextmanager

import gevent
import pytest
from gevent import get_hub

from harness.load.errors import BadResponse, ConnectionFailed, StatusError, TimedOut
from harness.load.session import Routes, Session
from harness.load.target import Target
from harness.record.tag import Kind, Tag
from harness.record.window import LiveWindow
from tests.load.scripted import Hangup, serving

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Client:
    """A session running one arrival against a scripted server, and what it recorded."""

    def __init__(self, url, timeout_s=5.0, **routes):
        target = Target.of(url)
        self.routes = Routes([target, target], timeout_s, time.perf_counter, **routes)
        self.fired = []
        self.session = Session(self.routes, lambda **meta: self.fired.append(meta), dict)
        self.window = LiveWindow(0.0, 1.0)
        self.arrive()

    def arrive(self, late_s=0.0, variant=0):
        self.window.accounts[variant].due += 1
        self.window.accounts[variant].open += 1
        self.session.arrive(time.perf_counter() - late_s, variant, self.window)

    def counts(self):
        closed = self.window.close([f"{m['request_type']} {m['name']}" for m in self.fired])
        return {
            kind: sum(h.total for tag, h in closed.histograms.items() if tag.kind == kind) for kind in Kind
        }


@contextmanager
def client(*answers, **options):
    with serving(*answers) as (url, seen):
        one = Client(url, **options)
        sweep = get_hub().loop.timer(0.01, 0.01)
        sweep.start(lambda: one.routes.expire(time.perf_counter()))
        try:
            yield one, seen
        finally:
            sweep.stop()
            one.routes.close()


def test_a_request_is_recorded_once_in_both_times():
    with client(OK) as (one, seen):
        response = one.session.get("/x")
        assert (response.status_code, response.text, response.ok) == (200, "ok", True)
        assert one.counts() == {Kind.RESPONSE: 1, Kind.SERVICE: 1, Kind.FAILED: 0}
        assert len(seen) == len(one.fired) == 1


def test_the_first_request_counts_from_its_due_time_and_the_next_from_its_send():
    with client(OK) as (one, _):
        one.arrive(late_s=0.5)
        one.session.get("/first")
        one.session.get("/second")
        times = [meta["response_time"] for meta in one.fired]
        assert times[0] >= 500 > times[1]
        assert len(one.window.sent.values_s) == 1
        assert one.window.sent.values_s[0] >= 0.5


def test_a_status_of_400_or_more_is_a_failure_and_still_has_its_body():
    with client(b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy") as (one, _):
        response = one.session.get("/x")
        assert isinstance(response.error, StatusError)
        assert response.content == b"busy"
        assert one.counts() == {Kind.RESPONSE: 0, Kind.SERVICE: 0, Kind.FAILED: 1}
        assert list(one.window.errors) == [("baseline", "GET /x", "HTTP 503")]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Hangup, ConnectionFailed),
        ([b"HTTP/1.1 200 OK\r\nContent-Le", Hangup], ConnectionFailed),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", Hangup], ConnectionFailed),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", Hangup], ConnectionFailed),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", BadResponse),
        (b"\x00\xff" * 100, BadResponse),
        (b"HTTP/1.1 200 OK\r\nContent-Length: minus\r\n\r\n", BadResponse),
        ([b"HTTP/1.1 200 OK\r\n", *[b"x-%d: y\r\n" % i * 300 for i in range(60)]], BadResponse),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", BadResponse),
        ([b"HTTP/1.1 200 OK\r\n", 30.0], TimedOut),
        (30.0, TimedOut),
    ],
)
def test_a_broken_answer_is_one_failure_and_is_never_sent_again(answer, error):
    with client(answer, timeout_s=0.2) as (one, seen):
        response = one.session.get("/x")
        assert isinstance(response.error, error)
        assert response.status_code in (0, 101, 200)
        assert one.counts() == {Kind.RESPONSE: 0, Kind.SERVICE: 0, Kind.FAILED: 1}
        assert len(seen) == 1


def test_after_a_broken_answer_the_next_request_uses_a_new_connection():
    with client(Hangup, OK) as (one, seen):
        assert not one.session.get("/x").ok
        assert one.session.get("/x").ok
        assert len(seen) == 2


def test_nobody_listening_is_a_failure():
    with serving(OK) as (url, _):
        pass
    one = Client(url)
    response = one.session.get("/x")
    assert isinstance(response.error, ConnectionFailed)
    assert "refused" in str(response.error)


@pytest.mark.parametrize("cut", range(1, 75, 3))
def test_an_answer_may_arrive_in_any_pieces(cut):
    whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nx-t: 1\r\n\r\n"
    with client([whole[:cut], whole[cut:]]) as (one, _):
        assert one.session.get("/x").content == b"abcde"


def test_a_body_without_a_length_ends_with_the_connection():
    with client([b"HTTP/1.1 200 OK\r\n\r\n", b"all ", b"of it", Hangup]) as (one, _):
        response = one.session.get("/x")
        assert (response.content, response.ok) == (b"all of it", True)


def test_an_interim_answer_is_not_the_answer():
    with client([b"HTTP/1.1 100 Continue\r\n\r\n", OK]) as (one, _):
        assert one.session.get("/x").content == b"ok"


def test_the_answer_to_head_has_no_body_whatever_its_length_says():
    with client(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", OK) as (one, seen):
        assert one.session.head("/x").ok
        assert one.session.get("/y").content == b"ok"
        assert len(seen) == 2


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_a_body_end_at_their_headers(status):
    with client(b"HTTP/1.1 %d None\r\n\r\n" % status, OK) as (one, _):
        assert one.session.get("/x").status_code == status
        assert one.session.get("/y").content == b"ok"


def test_a_connection_is_kept_and_one_the_service_closed_is_not_used_again():
    with client(OK, [OK, Hangup], OK) as (one, seen):
        assert one.session.get("/1").ok
        assert one.session.get("/2").ok
        gevent.sleep(0.02)
        assert one.session.get("/3").ok
        assert len(seen) == 3


def test_what_comes_after_an_answer_spoils_the_connection_and_not_the_answer():
    with client(OK + b"GARBAGE\r\n\r\n", OK) as (one, _):
        assert one.session.get("/1").content == b"ok"
        assert one.session.get("/2").content == b"ok"


def test_a_second_answer_to_one_request_is_never_taken_for_the_next_one():
    with client(OK + OK.replace(b"ok", b"no"), OK) as (one, _):
        assert one.session.get("/1").content == b"ok"
        assert one.session.get("/2").content == b"ok"


def test_a_large_body_is_sent_whole():
    with client(OK) as (one, seen):
        body = b"x" * 3_000_000
        assert one.session.post("/x", data=body).ok
        assert seen[0].endswith(body)


def test_json_and_forms_carry_their_content_type():
    with client(OK) as (one, seen):
        one.session.post("/x", json={"a": 1})
        one.session.put("/x", data={"b": "c d"})
        assert b"content-type: application/json\r\n" in seen[0]
        assert seen[0].endswith(b'{"a":1}')
        assert b"content-type: application/x-www-form-urlencoded\r\n" in seen[1]
        assert seen[1].endswith(b"b=c+d")


def test_headers_of_a_call_replace_the_default_ones_and_cannot_break_the_request():
    with client(OK) as (one, seen):
        one.session.get("/x", headers={"Accept": "text/plain", "X-A": "1"}, auth=("me", "secret"))
        assert b"accept: text/plain\r\n" in seen[0]
        assert b"accept: */*" not in seen[0]
        assert b"authorization: Basic bWU6c2VjcmV0\r\n" in seen[0]
        with pytest.raises(ValueError, match="line break"):
            one.session.get("/x", headers={"x": "a\r\nevil: 1"})


def test_a_path_cannot_break_the_request_line():
    with client(OK) as (one, seen):
        one.session.get("/a b\r\nx: y?q=ü#part", params={"z": "1 2"})
        assert seen[0].split(b"\r\n")[0] == b"GET /a%20b%0D%0Ax:%20y?q=%C3%BC&z=1+2 HTTP/1.1"


def test_a_task_decides_what_was_a_success():
    missing = b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"
    with client(missing, OK) as (one, _):
        with one.session.get("/x", catch_response=True) as response:
            response.success()
        with one.session.get("/y", catch_response=True) as response:
            response.failure("not what I wanted")
        assert one.counts() == {Kind.RESPONSE: 1, Kind.SERVICE: 1, Kind.FAILED: 1}
        assert list(one.window.errors) == [("baseline", "GET /y", "not what I wanted")]


def test_a_block_that_raises_is_recorded_as_a_failure():
    with client(OK) as (one, _):
        with pytest.raises(KeyError), one.session.get("/x", catch_response=True):
            raise KeyError("name")
        assert one.counts()[Kind.FAILED] == 1
        assert one.fired[0]["exception"] is not None


def test_requests_are_grouped_by_name():
    with client(OK) as (one, _):
        one.session.get("/x/1", name="/x/{id}")
        with one.session.rename_request("/group"):
            one.session.get("/x/2")
        assert [meta["name"] for meta in one.fired] == ["/x/{id}", "/group"]


def test_behind_a_router_the_answer_says_which_variant_it_was():
    tagged = OK.replace(b"Content-Length", b"X-Variant: canary\r\nContent-Length")
    with client(tagged, variant_header="x-variant") as (one, _):
        one.session.get("/x")
        closed = one.window.close(["GET /x"])
        assert closed.histograms[Tag("canary", Kind.RESPONSE, "GET /x")].total == 1


def test_an_arrival_is_accounted_for_once():
    with client(OK, Hangup) as (one, _):
        one.session.get("/x")
        one.session.end_arrival()
        one.arrive(variant=1)
        one.session.get("/x")
        one.session.end_arrival()
        one.session.end_arrival()
        baseline, canary = one.window.accounts
        assert (baseline.due, baseline.completed, baseline.open) == (1, 1, 0)
        assert (canary.due, canary.failed, canary.open) == (1, 1, 0)


def test_a_task_that_raises_is_a_failure_even_without_a_request():
    with client(OK) as (one, _):
        one.session.task_raised("Shop", KeyError("title"))
        one.session.end_arrival()
        assert one.window.accounts[0].failed == 1
        assert list(one.window.errors) == [("baseline", "TASK Shop", "KeyError: 'title'")]


def test_killing_a_user_mid_request_closes_its_connection():
    with client(30.0) as (one, _):
        user = gevent.spawn(one.session.get, "/x")
        gevent.sleep(0.05)
        user.kill()
        assert one.routes._exchanges[0]._sock is None
        assert not one.fired
