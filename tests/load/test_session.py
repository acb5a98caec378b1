"""The session against a server that can do anything: every request counted once, as what it was."""

import os
import socket
from urllib.parse import quote

import gevent
import pytest
from gevent.server import StreamServer
from gevent.socket import socket as GeventSocket  # noqa: N812 - a class

from harness.load.errors import BadResponse, ConnectionFailed, Interrupted, StatusError, TimedOut
from harness.record.tag import Kind, Tag
from tests.load.client import OK, Client, client, client_of
from tests.load.scripted import Hangup, serving


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


def test_an_answer_before_the_body_was_sent_ends_the_connection():
    too_large = b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"

    def answer_at_once(sock, _address):
        sock.recv(1000)
        sock.sendall(too_large)
        gevent.sleep(0.2)
        sock.close()

    server = StreamServer(("127.0.0.1", 0), answer_at_once)
    server.start()
    with client_of(f"http://127.0.0.1:{server.server_port}") as one:
        response = one.session.post("/x", data=b"x" * 30_000_000)
        assert response.status_code == 413
        assert one.routes._exchanges[0]._sock is None
        assert one.counts()[Kind.FAILED] == 1
    server.stop()


def test_a_connection_closed_while_idle_for_long_is_noticed_before_it_is_used():
    with client([OK, Hangup], OK) as (one, seen):
        assert one.session.get("/1").ok
        connection = one.routes._exchanges[0]
        connection._watcher.stop()
        connection.ended_s -= 10
        gevent.sleep(0.02)
        assert one.session.get("/2").ok
        assert len(seen) == 2


def test_a_timeout_may_be_given_for_the_whole_or_for_connecting_and_answering():
    with client(30.0) as (one, seen):
        assert isinstance(one.session.get("/x", timeout=0.05).error, TimedOut)
        assert isinstance(one.session.get("/x", timeout=(5, 0.05)).error, TimedOut)
        assert one.counts()[Kind.FAILED] == len(seen) == 2


def test_connecting_has_a_limit_of_its_own():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        fillers = [_connecting(full.getsockname()) for _ in range(4)]
        with client_of(f"http://127.0.0.1:{full.getsockname()[1]}") as one:
            response = one.session.get("/x", timeout=(0.1, 30))
            assert isinstance(response.error, TimedOut)
            assert one.counts()[Kind.FAILED] == 1
        for filler in fillers:
            filler.close()


def _connecting(address):
    sock = socket.socket()
    sock.setblocking(False)
    sock.connect_ex(address)
    return sock


def test_a_drip_of_bytes_does_not_stretch_the_timeout():
    drip = [piece for byte in OK for piece in (bytes([byte]), 0.02)]
    with client(drip, timeout_s=0.2) as (one, _):
        response = one.session.get("/x")
        assert isinstance(response.error, TimedOut)
        assert response.service_s < 0.5


def test_a_request_a_task_stops_waiting_for_is_a_failure():
    with client(30.0, OK) as (one, _):
        with gevent.Timeout(0.05, False):
            one.session.get("/x")
        assert isinstance(one.fired[0]["exception"], Interrupted)
        assert one.session.get("/y").ok
        assert one.counts() == {Kind.RESPONSE: 1, Kind.SERVICE: 1, Kind.FAILED: 1}


def test_requests_still_open_at_the_end_can_be_given_up_from_another_greenlet():
    with client(30.0) as (one, _):
        user = gevent.spawn(one.session.get, "/x")
        gevent.sleep(0.05)
        one.routes.expire(float("inf"))
        assert one.counts()[Kind.FAILED] == 1
        assert isinstance(user.get().error, TimedOut)


def test_the_first_address_that_answers_is_used():
    with serving(OK) as (url, _), client_of(url) as one:
        _, (listening,) = None, one.routes.targets[0].addresses
        one.routes._exchanges[0]._addresses = ((socket.AF_INET, ("127.0.0.1", 1)), listening)
        assert one.session.get("/x").ok


def test_ipv6_addresses_are_bracketed_where_they_must_be():
    with serving(OK, listener=("::1", 0)) as (url, seen), client_of(url) as one:
        assert one.session.get("/x").ok
        assert f"host: {url.removeprefix('http://')}\r\n".encode() in seen[0]


@pytest.mark.parametrize("form", ["unix:{}", "http+unix://{quoted}"])
def test_a_service_may_listen_on_a_unix_socket(form, tmp_path):
    path = str(tmp_path / "service.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        listener.setblocking(False)
        with (
            serving(OK, listener=GeventSocket(fileno=os.dup(listener.fileno()))) as (_, seen),
            client_of(form.format(path, quoted=quote(path, safe=""))) as one,
        ):
            assert one.session.get("/x").content == b"ok"
            assert b"host: localhost\r\n" in seen[0]


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
        with pytest.raises(ValueError, match="no method"):
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


def test_connecting_is_timed_where_it_happened():
    with client(OK) as (one, _):
        first, second = one.session.get("/1"), one.session.get("/2")
        assert 0 < first.connect_s < first.service_s
        assert first.handshake_s < first.connect_s + 0.01
        assert (second.connected, second.connect_s) == (None, 0.0)


def test_an_answer_to_head_that_ends_the_connection_is_believed():
    closing = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
    with client([closing, Hangup], OK) as (one, _):
        assert one.session.head("/x").ok
        assert one.session.get("/y").content == b"ok"


def test_trailers_are_not_headers():
    whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx-late: 1\r\n\r\n"
    with client(whole) as (one, _):
        response = one.session.get("/x")
        assert response.content == b"a"
        assert "x-late" not in response.headers


@pytest.mark.parametrize(
    "endless",
    [
        b"x: y\r\n" * 300,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 100,
        b"x" * 4000,
    ],
)
def test_heads_that_never_end_are_cut_off(endless):
    start = (
        b"" if endless.startswith(b"HTTP") else b"HTTP/1.1 200 OK\r\n" + b"long: " * (endless[1:2] == b"x")
    )
    with client([start, *[endless] * 200]) as (one, _):
        assert isinstance(one.session.get("/x").error, BadResponse)
        assert one.counts()[Kind.FAILED] == 1


def test_without_catch_response_there_is_nothing_to_decide():
    with client(OK) as (one, _):
        response = one.session.get("/x")
        with pytest.raises(RuntimeError, match="catch_response"):
            response.failure("late")
        with pytest.raises(RuntimeError, match="catch_response"), response:
            pass
        assert one.counts()[Kind.RESPONSE] == 1


def test_an_exception_by_which_a_task_judges_goes_no_further_than_the_block():
    with client(OK, session={"judged": (KeyError,)}) as (one, _):
        with one.session.get("/x", catch_response=True):
            raise KeyError("judged")
        assert one.counts()[Kind.FAILED] == 1


def test_sessions_close_their_connections():
    with client(OK) as (one, _):
        one.session.get("/x")
        one.session.close()
        assert one.routes._exchanges == []
