"""Answers broken at random: each is one request with one result, whatever the bytes.

HARNESS_FUZZ sets how many answers are tried; the number before a release is 200,000.
"""

import os
import random
import socket
from contextlib import contextmanager, suppress
from unittest.mock import patch

from harness.load.errors import BadResponse, HttpError
from harness.load.http.response import Response
from harness.record.histograms.tag import Kind
from tests.load.client import OK, client_of
from tests.load.scripted import serving

ANSWERS = int(os.environ.get("HARNESS_FUZZ", "5000"))
SEEDS = [
    OK,
    b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Type: application/json\r\nContent-Length: 8\r\n\r\n"
    + b'{"a": 1}',
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nx-t: 1\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/; Max-Age=60\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbusy",
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 21\r\n\r\n"
    + bytes.fromhex("1f8b08000000000000034b040043beb7e801000000"),
]
TOKENS = [
    b"\r\n",
    b"\n",
    b"\0",
    b"\r\n\r\n",
    b":",
    b" ",
    b"-1",
    b"99999999999999999999",
    b"ffffffffffffffff",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/2 200\r\n",
    b"x" * 70_000,
    b"a: b\r\n" * 2_000,
]


def mutated(rng):
    """One answer with up to four things wrong with it."""
    data = bytearray(rng.choice(SEEDS))
    for _ in range(rng.randrange(5)):
        at, to = sorted((rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)))
        match rng.randrange(6):
            case 0 if data:
                data[min(at, len(data) - 1)] = rng.randrange(256)
            case 1:
                del data[at:to]
            case 2:
                data[at:at] = rng.randbytes(rng.randrange(1, 8))
            case 3:
                data[at:at] = data[at:to]
            case 4:
                data[at:at] = rng.choice(TOKENS[-2:] if rng.random() < 0.01 else TOKENS[:-2])
            case 5:
                data[at:] = rng.choice(SEEDS)[at:]
    return bytes(data)


def in_pieces(rng, data):
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.choice((0, 0, 1, 3))))
    pieces = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    return [piece for piece in pieces if piece]


class Feed:
    """Connects to answers that wait already, in packets that stay apart, and then the end or silence."""

    def __init__(self):
        self._answers = []
        self._peer = None

    def feed_next(self, pieces, ends):
        self._answers = [(pieces, ends)]

    def connect(self, order, loop, pause, wake):
        self.close()
        pieces, ends = self._answers.pop() if self._answers else ((), True)
        ours, self._peer = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        for piece in pieces:
            self._peer.send(piece)
        if ends:
            self._peer.shutdown(socket.SHUT_WR)
        return ours, order[0], ()

    def close(self):
        if self._peer is not None:
            self._peer.close()


SILENCE_S = 0.005
"""How long a broken answer is waited for; a busy machine may take longer over a good one."""


@contextmanager
def fed(timeout_s):
    """A client whose connections are fed by the test."""
    feed = Feed()
    with serving(OK) as (url, _), client_of(url, timeout_s=timeout_s) as one:
        with patch("harness.load.http.transport.connection.connect_first", feed.connect):
            yield one, feed
        feed.close()
        one.session.close()


def look_at(response):
    """Use everything a task can; only an undecodable body may be refused."""
    assert isinstance(response, Response)
    assert response.error is None or isinstance(response.error, HttpError)
    assert response.ok == (response.error is None)
    dict(response.headers)
    assert isinstance(response.cookies, dict)
    with suppress(BadResponse, ValueError):
        response.json()
    length = response.headers.get("content-length")
    if response.ok and length and response.method != "HEAD" and response.status_code not in (204, 304):
        assert len(response.raw) == int(length)


def test_every_broken_response_is_one_request_with_one_result():
    rng = random.Random(20260108)
    with fed(SILENCE_S) as (one, feed):
        for number in range(1, ANSWERS + 1):
            raw = mutated(rng)
            feed.feed_next(in_pieces(rng, raw), ends=rng.random() < 0.95)
            response = one.session.request("HEAD" if rng.random() < 0.05 else "GET", f"/{number % 10}")
            try:
                look_at(response)
            except Exception as error:
                raise AssertionError(f"answer {number}: {raw[:500]!r}") from error
            assert len(one.fired) == number
            assert one.fired[-1]["exception"] is response.error
            one.session.close()
            one.fired[-1] = {**one.fired[-1], "response": None}
        counts = one.counts()
    assert counts[Kind.RESPONSE] + counts[Kind.FAILED] == ANSWERS


def test_the_seeds_themselves_are_what_they_say():
    results = []
    with fed(timeout_s=10.0) as (one, feed):
        for seed in SEEDS:
            feed.feed_next([seed], ends=True)
            response = one.session.get("/x", allow_redirects=False)
            one.session.close()
            results.append((response.status_code, response.ok, response.content))
    assert results == [
        (200, True, b"ok"),
        (200, True, b'{"a": 1}'),
        (200, True, b"abc0123456789"),
        (200, True, b"ok"),
        (204, True, b""),
        (304, True, b""),
        (200, True, b"until the end"),
        (302, True, b""),
        (200, True, b""),
        (503, False, b"busy"),
        (0, False, b""),
        (200, True, b"a"),
    ]
