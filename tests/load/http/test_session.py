"""The session: what a task asks for is sent, and recorded once in the right place."""

import gevent
import pytest

from harness.load.errors import Interrupted, StatusError, TimedOut
from harness.record.histograms.tag import Kind, Tag
from tests.load.client import OK, client
from tests.load.scripted import Hangup


def test_a_request_is_recorded_once_in_both_times():
    with client(OK) as (one, seen):
        response = one.session.get("/x")
        assert (response.status_code, response.text, response.ok) == (200, "ok", True)
        assert one.counts() == {Kind.RESPONSE: 1, Kind.SERVICE: 1, Kind.TTFB: 1, Kind.FAILED: 0}
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
        assert one.counts() == {Kind.RESPONSE: 0, Kind.SERVICE: 0, Kind.TTFB: 0, Kind.FAILED: 1}
        assert list(one.window.errors) == [("baseline", "GET /x", "HTTP 503")]


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
        assert one.counts() == {Kind.RESPONSE: 1, Kind.SERVICE: 1, Kind.TTFB: 1, Kind.FAILED: 1}
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


def test_behind_a_router_the_response_says_which_variant_it_was():
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


def test_a_request_a_task_stops_waiting_for_is_a_failure():
    with client(30.0, OK) as (one, _):
        with gevent.Timeout(0.05, False):
            one.session.get("/x")
        assert isinstance(one.fired[0]["exception"], Interrupted)
        assert one.session.get("/y").ok
        assert one.counts() == {Kind.RESPONSE: 1, Kind.SERVICE: 1, Kind.TTFB: 1, Kind.FAILED: 1}


def test_requests_still_open_at_the_end_can_be_given_up_from_another_greenlet():
    with client(30.0) as (one, _):
        user = gevent.spawn(one.session.get, "/x")
        gevent.sleep(0.05)
        one.client_context.expire(float("inf"))
        assert one.counts()[Kind.FAILED] == 1
        assert isinstance(user.get().error, TimedOut)


def test_all_methods_are_sent_as_named():
    with client(OK) as (one, seen):
        for method in ("get", "options", "delete", "post", "put", "patch"):
            assert getattr(one.session, method)("/x").ok
        assert one.session.request("propfind", "/x").ok
        names = [request.split(b" ")[0] for request in seen]
        assert names == [b"GET", b"OPTIONS", b"DELETE", b"POST", b"PUT", b"PATCH", b"PROPFIND"]
        assert [b"content-length: 0" in request for request in seen] == [False] * 3 + [True] * 3 + [False]


@pytest.mark.parametrize("method", ["CONNECT", "GET /x HTTP/1.1\r\nx:", ""])
def test_a_method_that_is_none_is_refused(method):
    with client(OK) as (one, seen):
        with pytest.raises(ValueError, match="not a valid HTTP method"):
            one.session.request(method, "/x")
        assert not seen


def test_headers_of_the_user_go_with_every_request():
    with client(OK) as (one, seen):
        one.session.headers["Authorization"] = "Bearer t"
        one.session.get("/1")
        one.session.get("/2", headers={"authorization": "Bearer u"})
        assert b"authorization: Bearer t\r\n" in seen[0]
        assert b"authorization: Bearer u\r\n" in seen[1]
        assert b"Bearer t" not in seen[1]


def test_the_url_of_a_response_is_absolute_and_its_request_can_be_read():
    with client(OK) as (one, _):
        response = one.session.post("/x", params={"a": [1, 2], "b": None}, json={"k": 1}, name="x")
        assert response.url.endswith("/x?a=1&a=2")
        assert response.request.method == "POST"
        assert response.request.body == b'{"k":1}'
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
    with client(OK, session={"failure_types": (KeyError,)}) as (one, _):
        with one.session.get("/x", catch_response=True):
            raise KeyError("failure_types")
        assert one.counts()[Kind.FAILED] == 1
