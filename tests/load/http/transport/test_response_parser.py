"""Responses in any form and any pieces, parsed from a real connection."""

import pytest

from harness.load.errors import BadResponse
from harness.record.histograms.tag import Kind
from tests.load.client import OK, client
from tests.load.scripted import Hangup


@pytest.mark.parametrize("cut", range(1, 75, 3))
def test_a_response_may_arrive_in_any_pieces(cut):
    whole = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nx-t: 1\r\n\r\n"
    with client([whole[:cut], whole[cut:]]) as (one, _):
        assert one.session.get("/x").content == b"abcde"


def test_a_body_without_a_length_ends_with_the_connection():
    with client([b"HTTP/1.1 200 OK\r\n\r\n", b"all ", b"of it", Hangup]) as (one, _):
        response = one.session.get("/x")
        assert (response.content, response.ok) == (b"all of it", True)


def test_an_interim_response_is_not_the_response():
    with client([b"HTTP/1.1 100 Continue\r\n\r\n", OK]) as (one, _):
        assert one.session.get("/x").content == b"ok"


def test_the_response_to_head_has_no_body_whatever_its_length_says():
    with client(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", OK) as (one, seen):
        assert one.session.head("/x").ok
        assert one.session.get("/y").content == b"ok"
        assert len(seen) == 2


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_a_body_end_at_their_headers(status):
    with client(b"HTTP/1.1 %d None\r\n\r\n" % status, OK) as (one, _):
        assert one.session.get("/x").status_code == status
        assert one.session.get("/y").content == b"ok"


def test_what_comes_after_a_response_spoils_the_connection_and_not_the_response():
    with client(OK + b"GARBAGE\r\n\r\n", OK) as (one, _):
        assert one.session.get("/1").content == b"ok"
        assert one.session.get("/2").content == b"ok"


def test_a_second_response_to_one_request_is_never_taken_for_the_next_one():
    with client(OK + OK.replace(b"ok", b"no"), OK) as (one, _):
        assert one.session.get("/1").content == b"ok"
        assert one.session.get("/2").content == b"ok"


def test_a_response_to_head_that_ends_the_connection_is_believed():
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
