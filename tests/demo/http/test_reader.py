"""Requests out of bytes."""

import itertools
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.demo.http.app import Refusal, ServedRequest
from harness.demo.http.reader import (
    CLOSE_LINE,
    KEEP_ALIVE_LINE,
    MAX_BODY_BYTES,
    MAX_HEAD_BYTES,
    ParsedRequest,
    RequestReader,
    path_of,
)

GET = b"GET /api/tasks/7?x=1 HTTP/1.1\r\nhost: x\r\n\r\n"
POST = b'POST /api/tasks HTTP/1.1\r\nhost: x\r\ncontent-length: 14\r\n\r\n{"title": "x"}'
HEAD = b"HEAD /health HTTP/1.1\r\nhost: x\r\n\r\n"
ASKED = {
    GET: ParsedRequest(ServedRequest("GET", "/api/tasks/7"), b""),
    POST: ParsedRequest(ServedRequest("POST", "/api/tasks", b'{"title": "x"}'), b""),
    HEAD: ParsedRequest(ServedRequest("HEAD", "/health"), b""),
}


class Read:
    """What a reader made of pieces of bytes, and how often it told the client to go on."""

    def __init__(self, *pieces: bytes, ends: bool = False) -> None:
        self.asked: deque[ParsedRequest] = deque()
        self.told = 0
        self.reader = RequestReader(self.asked, self._tell)
        for piece in pieces:
            if known := self.reader.known(piece):
                self.asked.append(known)
            else:
                self.reader.feed(piece)
        if ends:
            self.reader.end()

    def _tell(self) -> None:
        self.told += 1

    def refusals(self) -> list[Refusal | None]:
        return [asked.request.refusal for asked in self.asked]


@given(st.lists(st.sampled_from(list(ASKED)), max_size=5), st.lists(st.integers(0, 400)))
def test_however_the_bytes_are_cut_the_requests_are_the_same(messages: list[bytes], cuts: list[int]) -> None:
    data = b"".join(messages)
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    read = Read(*(data[begin:end] for begin, end in itertools.pairwise(places)))

    assert list(read.asked) == [ASKED[message] for message in messages]
    assert not read.reader.is_done


@given(st.binary(max_size=200))
def test_any_bytes_are_requests_or_one_refusal_at_the_end(data: bytes) -> None:
    read = Read(data, GET, ends=True)

    assert all(refusal is None for refusal in read.refusals()[:-1])
    assert read.reader.is_done


def test_the_same_bytes_ask_the_same_each_time() -> None:
    read = Read(GET, GET, GET + GET, GET)

    assert list(read.asked) == [ASKED[GET]] * 5


@pytest.mark.parametrize("within", [b"GET /a HTTP/1.1\r\nx-more: ", POST.replace(b"14", b"99")])
def test_bytes_that_look_like_a_known_request_within_another_are_a_part_of_that(within: bytes) -> None:
    _, *others = Read(GET, within, GET).asked

    assert ASKED[GET] not in others


@pytest.mark.parametrize(
    ("version", "said", "line"),
    [
        ("1.1", "", b""),
        ("1.1", "connection: close\r\n", CLOSE_LINE),
        ("1.1", "connection: Keep-Alive\r\n", KEEP_ALIVE_LINE),
        ("1.0", "", CLOSE_LINE),
        ("1.0", "connection: keep-alive\r\n", KEEP_ALIVE_LINE),
        ("1.1", "connection: upgrade\r\nupgrade: websocket\r\n", CLOSE_LINE),
    ],
)
def test_the_connection_stays_or_closes_as_the_client_says(version: str, said: str, line: bytes) -> None:
    request = f"GET /health HTTP/{version}\r\nhost: x\r\n{said}\r\n".encode()
    read = Read(request, request)

    closes = line is CLOSE_LINE
    assert list(read.asked) == [ParsedRequest(ServedRequest("GET", "/health"), line)] * (1 if closes else 2)
    assert read.reader.is_done is closes


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("", 411),
        ("transfer-encoding: chunked\r\n", 411),
        (f"content-length: {MAX_BODY_BYTES + 1}\r\n", 413),
        ("content-length: 5, 5\r\n", 400),
        ("content-length: 5\r\ntransfer-encoding: chunked\r\n", 400),
    ],
)
def test_a_body_without_length_or_too_long_is_refused_before_it_comes(said: str, status: int) -> None:
    read = Read(f"POST /api/tasks?x HTTP/1.1\r\n{said}\r\n".encode(), GET)

    (asked,) = read.asked
    assert asked.request.refusal is not None
    assert asked.request.refusal.status == status
    assert asked.request.path == "/api/tasks"
    assert asked.connection_line is CLOSE_LINE


def test_a_body_as_long_as_allowed_is_read() -> None:
    body = b"x" * MAX_BODY_BYTES
    read = Read(b"POST / HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body), body[:999], body[999:])

    assert [asked.request.body for asked in read.asked] == [body]


@pytest.mark.parametrize(
    "data",
    [b"\x00\xff no HTTP\r\n\r\n", b"BREW /pot HTTP/1.1\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"\r\n: x\r\n"],
)
def test_what_is_no_http_is_refused(data: bytes) -> None:
    (refusal,) = Read(data, GET).refusals()

    assert refusal is not None
    assert refusal.status == 400


def test_a_head_without_end_is_refused() -> None:
    read = Read(b"GET / HTTP/1.1\r\n", *[b"x-more: " + b"y" * 1000 + b"\r\n"] * (MAX_HEAD_BYTES // 1000))

    (refusal,) = read.refusals()
    assert refusal is not None
    assert refusal.status == 431


def test_a_request_cut_short_is_refused_when_the_client_ends() -> None:
    (refusal,) = Read(POST[:-1], ends=True).refusals()

    assert refusal is not None
    assert refusal.status == 400
    assert Read(POST, ends=True).refusals() == [None]


def test_a_client_that_asks_whether_to_go_on_is_told_to_unless_it_is_refused() -> None:
    begun = "POST / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n"

    assert Read(begun.format(5).encode()).told == 1
    assert Read(begun.format(MAX_BODY_BYTES + 1).encode()).told == 0


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"/", "/"),
        (b"/api/tasks?limit=1?2", "/api/tasks"),
        (b"/api/t%61sks", "/api/tasks"),
        (b"http://host:1/health?x", "/health"),
        (b"http://host", "/"),
        (b"*", "*"),
        (b"host:443", "host:443"),
        (b"/\xe9", "/é"),
    ],
)
def test_the_path_is_the_target_without_host_and_query(target: bytes, path: str) -> None:
    assert path_of(target) == path
