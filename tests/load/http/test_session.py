"""The session: what a task asks for is sent, and recorded once in the right place."""

import errno

import gevent
import pytest

from harness.load.errors import Interrupted, StatusError, TimedOut
from harness.record.histograms.tag import UNATTRIBUTED, Kind, Tag
from tests.load.client import OK, client
from tests.load.scripted import Hangup, serving


def test_a_request_is_recorded_once_in_both_times():
    with client(OK) as (one, seen):
        response = one.session.get("/x")
        assert (response.status_code, response.text, response.ok) == (200, "ok", True)
        assert one.counts() == {Kind.RESPONSE: 1, Kind.SERVICE: 1, Kind.TTFB: 1, Kind.FAILED: 0}
        assert len(seen) == len(one.fired) == 1


def test_a_task_may_set_attributes_of_its_own_and_patch_methods():
    with client(OK, OK) as (one, _):
        one.session.verify = False
        response = one.session.get("/x")
        response.note = "mine"
        one.session.get = lambda path: one.session.request("GET", path, name="patched")
        one.session.get("/x")

    assert (one.session.verify, response.note) == (False, "mine")
    assert [fired["name"] for fired in one.fired] == ["/x", "patched"]


def test_a_status_of_400_or_more_is_a_failure_and_still_has_its_body():
    with client(b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy") as (one, _):
        response = one.session.get("/x")
        assert isinstance(response.error, StatusError)
        assert response.content == b"busy"
        assert one.counts() == {Kind.RESPONSE: 0, Kind.SERVICE: 0, Kind.TTFB: 0, Kind.FAILED: 1}
        assert list(one.window.tallies.errors) == [("baseline", "GET /x", "HTTP 503")]


def test_json_and_forms_carry_their_content_type():
    with client(OK) as (one, seen):
        one.session.post("/x", json={"a": 1})
        one.session.put("/x", data={"b": "c d"})
        assert b"content-type: application/json\r\n" in seen[0]
        assert seen[0].endswith(b'{"a":1}')
        assert b"content-type: application/x-www-form-urlencoded\r\n" in seen[1]
        assert seen[1].endswith(b"b=c+d")


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


@pytest.mark.parametrize(
    "headers",
    [b"", b"X-Variant: blue\r\n", b"X-Variant: canary\r\nX-Variant: baseline\r\n", b"X-Variant: \r\n"],
)
def test_a_response_behind_a_router_that_names_no_variant_is_attributed_to_neither(headers):
    unnamed = OK.replace(b"Content-Length", headers + b"Content-Length")
    with client(unnamed, variant_header="x-variant") as (one, _):
        one.session.get("/x")
        one.session.arrival.end()
        closed = one.window.close()
        assert closed.requests == {UNATTRIBUTED: 1, "baseline": 0, "canary": 0}
        assert closed.accounts[UNATTRIBUTED].completed == 1


@pytest.mark.parametrize(
    ("redirect", "response", "owner"),
    [
        ("canary", "canary", "canary"),
        ("canary", "baseline", UNATTRIBUTED),
        ("baseline", "canary", UNATTRIBUTED),
        ("the router", "canary", "canary"),
        ("canary", "the router", UNATTRIBUTED),
    ],
)
def test_a_redirected_request_is_a_variants_if_no_other_one_had_a_part_in_it(redirect, response, owner):
    def from_variant(answer, name):
        return answer.replace(b"Content-Length", f"X-Variant: {name}\r\nContent-Length".encode())

    onward = from_variant(b"HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n", redirect)
    with client(onward, from_variant(OK, response), variant_header="x-variant") as (one, _):
        one.session.get("/x")
        one.session.arrival.end()
        assert one.window.close().requests[owner] == 1


def test_a_long_chain_of_redirects_is_attributed_once_for_each_of_its_responses():
    onward = b"HTTP/1.1 302 Found\r\nLocation: /y\r\nX-Variant: canary\r\nContent-Length: 0\r\n\r\n"
    with client(onward, variant_header="x-variant") as (one, seen):
        assert "more than 30 redirects" in str(one.session.get("/x").error)
        assert len(seen) == 31


def test_without_a_response_from_a_router_the_request_is_attributed_to_neither():
    with client(Hangup, variant_header="x-variant") as (one, _):
        one.session.get("/x")
        assert [owner for owner, _, _ in one.window.tallies.errors] == [UNATTRIBUTED]


@pytest.mark.parametrize("leads", ["an absolute URL", "a redirect"])
def test_what_another_host_answers_is_attributed_to_neither_and_the_next_request_is_the_variants(leads):
    with serving(OK) as (elsewhere, _):
        away = f"HTTP/1.1 302 Found\r\nLocation: {elsewhere}/there\r\nContent-Length: 0\r\n\r\n".encode()
        with client(away, OK) if leads == "a redirect" else client(OK) as (one, _):
            one.session.get("/x" if leads == "a redirect" else f"{elsewhere}/there", name="there")
            one.session.get("/x", name="here")
            one.session.arrival.end()
            histograms = one.window.close().histograms
            assert histograms[Tag(UNATTRIBUTED, Kind.RESPONSE, "GET there")].total == 1
            assert histograms[Tag("baseline", Kind.RESPONSE, "GET here")].total == 1
            assert one.window.accounts[0].completed == 1


def test_a_machine_without_free_ports_is_no_error_of_the_service(monkeypatch):
    def full(*_, **__):
        raise OSError(errno.EADDRNOTAVAIL, "no address")

    monkeypatch.setattr("harness.load.http.transport.connection.connect_first", full)
    with client(OK) as (one, _):
        one.session.get("/x")
        one.session.arrival.end()
        assert not any(one.counts().values())
        assert not one.window.tallies.errors
        ((blame, kind, _),) = one.window.mistakes
        assert (blame, kind) == ("machine of the load", "ConnectionFailed: no address")
        assert one.window.accounts[0].dropped == 1


def test_a_request_a_task_stops_waiting_for_is_a_failure():
    with client(30.0, OK) as (one, _):
        with gevent.Timeout(0.05, False):
            one.session.get("/x")
        assert isinstance(one.fired[0]["exception"], Interrupted)
        assert one.window.tallies.declared == one.window.tallies.errors != {}
        assert one.session.get("/y").ok
        assert one.counts() == {Kind.RESPONSE: 1, Kind.SERVICE: 1, Kind.TTFB: 1, Kind.FAILED: 1}


def test_requests_still_open_at_the_end_can_be_given_up_from_another_greenlet():
    with client(30.0) as (one, _):
        user = gevent.spawn(one.session.get, "/x")
        gevent.sleep(0.05)
        one.client_context.expire(float("inf"))
        assert one.counts()[Kind.FAILED] == 1
        assert isinstance(user.get().error, TimedOut)


def test_headers_of_the_user_go_with_every_request():
    with client(OK) as (one, seen):
        one.session.headers["Authorization"] = "Bearer t"
        one.session.get("/1")
        one.session.get("/2", headers={"authorization": "Bearer u"})
        assert b"authorization: Bearer t\r\n" in seen[0]
        assert b"authorization: Bearer u\r\n" in seen[1]
        assert b"Bearer t" not in seen[1]


def redirect_to(location, status=303):
    return b"HTTP/1.1 %d See\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, location.encode())


def test_a_redirected_post_is_counted_as_the_post_that_was_sent():
    with client(redirect_to("/home"), OK) as (one, seen):
        response = one.session.post("/login", {"user": "me"})
        assert [request.split()[0] for request in seen] == [b"POST", b"GET"]
        (told,) = one.fired
        assert (told["request_type"], told["name"], told["url"][-6:]) == ("POST", "/login", "/login")
        assert response.url.endswith("/home")
        assert [hop.status_code for hop in response.history] == [303]


def test_listeners_get_the_arguments_that_locust_gives_them():
    with client(OK) as (one, _):
        response = one.session.get("/x", context={"item": 7})
        (told,) = one.fired
        assert set(told) == {
            *("request_type", "name", "response_time", "response_length", "response"),
            *("context", "exception", "start_time", "url"),
        }
        assert told["response"] is response
        assert told["response_length"] == 2
        assert told["exception"] is None
        assert told["context"] == {"variant": "baseline", "item": 7}


def test_the_request_of_a_response_shows_what_was_sent_as_it_was_given():
    with client(OK) as (one, _):
        sent = one.session.get("/x", headers={"X-Test": "1"}).request
        assert (sent.headers["x-TEST"], sent.headers.get("X-Test"), sent.body) == ("1", "1", None)
        assert one.session.post("/x", json={"a": "é"}).request.body == '{"a":"é"}'
        assert one.session.post("/x", data="a=b").request.body == "a=b"
        assert one.session.post("/x", data=b"\xff").request.body == b"\xff"
        assert one.session.post("/x", files={"f": b"\xff"}).request.body.endswith(b"--\r\n")


def test_a_streamed_response_is_read_whole_and_gives_its_lines():
    with client(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\none\ntwo\n\n") as (one, _):
        response = one.session.get("/x", stream=True)
        assert list(response.iter_lines()) == ["one", "two", ""]
        assert list(response.iter_content(4)) == ["one\n", "two\n", "\n"]
        assert list(one.session.iter_lines("/x")) == ["one", "two", ""]


def test_time_limits_and_redirects_of_the_class_hold_for_every_request():
    with client([0.3, OK], session={"timeout": (None, 0.05)}) as (one, _):
        assert isinstance(one.session.get("/x").error, TimedOut)
        assert one.session.get("/x", timeout=2).ok
    with client(redirect_to("/on"), session={"max_redirects": 2}) as (one, seen):
        assert str(one.session.get("/x").error) == "redirect refused: more than 2 redirects"
        assert len(seen) == 3


def test_a_session_knows_its_address_and_takes_absolute_urls_of_it():
    with client(OK) as (one, seen):
        assert one.session.get(f"{one.session.base_url}/x").ok
        assert seen[0].startswith(b"GET /x ")
        assert one.fired[0]["name"] == f"{one.session.base_url}/x"


def test_in_another_thread_the_client_raises_and_nothing_is_sent():
    with client(OK) as (one, seen):
        with pytest.raises(RuntimeError, match="another thread"):
            gevent.get_hub().threadpool.apply(one.session.get, ("/x",))
        assert one.session.get("/x").ok
        assert len(seen) == 1
