"""Connections against a server that can do anything: every request counted once, as what it was."""

import math
import socket

import gevent
import pytest
from gevent.pool import Pool
from gevent.server import StreamServer

from harness.load.errors import BadResponse, ConnectionFailed, TimedOut
from harness.load.http.session import Session
from harness.record.histograms.tag import Kind
from tests.load.client import OK, Client, client, client_of
from tests.load.scripted import Hangup, serving


@pytest.mark.parametrize(
    ("sent", "error"),
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
def test_a_broken_response_is_one_failure_and_is_never_sent_again(sent, error):
    with client(sent, timeout_s=0.2) as (one, seen):
        response = one.session.get("/x")
        assert isinstance(response.error, error)
        assert response.status_code in (0, 101, 200)
        assert one.counts() == {Kind.RESPONSE: 0, Kind.SERVICE: 0, Kind.TTFB: 0, Kind.FAILED: 1}
        assert len(seen) == 1


def test_after_a_broken_response_the_next_request_uses_a_new_connection():
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


def test_a_connection_is_kept_and_one_the_service_closed_is_not_used_again():
    with client(OK, [OK, Hangup], OK) as (one, seen):
        assert one.session.get("/1").ok
        assert one.session.get("/2").ok
        gevent.sleep(0.02)
        assert one.session.get("/3").ok
        assert len(seen) == 3


def test_requests_of_one_user_that_are_under_way_together_have_a_connection_each():
    answers = (lambda request: [0.05, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + request[5:7]],)
    with client(*answers) as (one, seen):
        for _ in range(2):
            pool = Pool()
            paths = [f"/{number}" for number in range(10, 30)]
            responses = list(pool.imap(one.session.get, paths))
            assert [response.text for response in responses] == [path[1:] for path in paths]
        assert len(seen) == 40
        assert len(one.client_context._exchanges) == 20


def test_a_request_whose_greenlet_is_killed_by_the_task_is_a_failure():
    with client(30.0, OK) as (one, _):
        pool = Pool()
        pool.spawn(one.session.get, "/hangs")
        pool.join(timeout=0.05)
        pool.kill()
        assert str(one.fired[0]["exception"]) == "interrupted by GreenletExit"
        assert one.session.get("/next").ok


def test_a_large_body_is_sent_whole():
    with client(OK) as (one, seen):
        body = b"x" * 3_000_000
        assert one.session.post("/x", data=body).ok
        assert seen[0].endswith(body)


def test_killing_a_user_mid_request_closes_its_connection():
    with client(30.0) as (one, _):
        user = one.session.arrival.runner = gevent.spawn(one.session.get, "/x")
        gevent.sleep(0.05)
        user.kill()
        assert one.client_context._exchanges[0]._sock is None
        assert not one.fired


def test_a_response_before_the_body_was_sent_ends_the_connection():
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
        assert one.client_context._exchanges[0]._sock is None
        assert one.counts()[Kind.FAILED] == 1
    server.stop()


def test_a_connection_closed_while_idle_for_long_is_noticed_before_it_is_used():
    with client([OK, Hangup], OK) as (one, seen):
        assert one.session.get("/1").ok
        connection = one.client_context._exchanges[0]
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
        # A response whose deadline moved with each byte would arrive whole.
        assert isinstance(one.session.get("/x").error, TimedOut)


def test_connecting_is_timed_where_it_happened():
    with client(OK) as (one, _):
        first, second = one.session.get("/1"), one.session.get("/2")
        assert 0 < first.connect_s < first.service_s
        assert 0 < first.handshake_s < first.service_s
        assert (second.connected, second.connect_s) == (None, 0.0)


def test_a_session_closes_its_connections_and_opens_new_ones_for_later_requests():
    with client(OK) as (one, seen):
        one.session.get("/x")
        one.session.close()
        assert [connection._sock for connection in one.client_context._exchanges] == [None]
        assert one.session.get("/y").connected is not None
        assert len(seen) == 2


def test_a_wake_up_meant_for_an_earlier_wait_does_not_end_the_next_one():
    with client(OK) as (one, _):
        one.session.get("/x")
        connection, woken = one.client_context._exchanges[0], []
        connection._waiter = lambda: woken.append("earlier")
        connection._wake_soon()
        connection._waiter = lambda: woken.append("next")
        gevent.sleep(0.01)
        assert woken == []
        connection._wake_soon()
        gevent.sleep(0.01)
        assert woken == ["next"]


HEAD_OF_TWO = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"


def test_the_first_byte_of_a_late_head_comes_late_and_the_body_later():
    with client([0.1, HEAD_OF_TWO, 0.05, b"o", 0.05, b"k"]) as (one, _):
        response = one.session.get("/x")
        assert response.ttfb_s > 0.1
        assert response.service_s - response.ttfb_s > 0.1


def test_the_first_byte_does_not_wait_for_a_late_body():
    with client([HEAD_OF_TWO, 0.1, b"ok"]) as (one, _):
        response = one.session.get("/x")
        assert response.service_s - response.ttfb_s > 0.1


def test_a_response_read_at_once_has_its_first_and_its_last_byte_at_the_same_moment():
    with client(OK) as (one, _):
        response = one.session.get("/x")
        assert response.ttfb_s == response.service_s > 0


def test_a_kept_connection_takes_the_first_byte_of_each_response():
    with client(OK, [0.1, OK]) as (one, _):
        first, second = one.session.get("/x"), one.session.get("/x")
        assert first.timings.first_byte_s < second.timings.sent_s < second.timings.first_byte_s


def test_a_failure_without_a_byte_has_no_time_to_first_byte():
    with client(Hangup) as (one, _):
        assert math.isnan(one.session.get("/x").ttfb_s)


def test_after_a_redirect_the_first_byte_is_that_of_the_last_response():
    moved = b"HTTP/1.1 302 Found\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n"
    with client(moved, [0.1, OK]) as (one, _):
        response = one.session.get("/x")
        assert response.ttfb_s > 0.1
        assert response.ttfb_s > response.history[0].ttfb_s


def test_a_connection_opened_ahead_carries_the_first_request():
    with client(OK) as (one, _):
        one.session.open_ahead()
        one.session.open_ahead()
        response = one.session.get("/x")

        assert response.ok
        assert response.connected is None


def test_a_connection_opened_ahead_and_closed_by_the_service_is_opened_again():
    closed = []

    def handle(sock, _address):
        if not closed:
            closed.append(sock.sendall(b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n"))
            sock.close()
            return
        sock.recv(1000)
        sock.sendall(OK)

    server = StreamServer(("127.0.0.1", 0), handle)
    server.start()
    with client_of(f"http://127.0.0.1:{server.server_port}") as one:
        one.session.open_ahead()
        gevent.sleep(0.05)
        response = one.session.get("/x")
        server.stop(timeout=0.1)

    assert (response.status_code, response.error) == (200, None)
    assert response.connected is not None


def test_where_nobody_listens_nothing_is_opened_ahead_and_the_request_shows_why():
    with serving(OK) as (url, _):
        pass
    one = Client(url)
    one.session.open_ahead()
    assert one.counts()[Kind.FAILED] == 0

    assert "refused" in str(one.session.get("/x").error)


def test_after_one_connection_that_could_not_be_opened_ahead_no_other_is_tried():
    with serving(OK) as (url, seen):
        with serving(OK) as (gone, _):
            pass
        with client_of(gone, canary=url) as one:
            one.session.open_ahead()
            other = Session(one.client_context, one, dict, 1)
            other.open_ahead()
            other.arrival.begin(0.0, 1, one.window)
            response = other.get("/x")

        assert response.connected is not None
        assert len(seen) == 1
