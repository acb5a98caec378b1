"""Heads that a user agent reads although they are not quite HTTP/1.1, through a real connection."""

import pytest

from harness.load.errors import BadResponse
from harness.load.http.transport.response_head import tolerant
from tests.load.client import OK, client

STATUS = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (STATUS + b"X-A: one\r\n two\r\n\t three \r\n" + LENGTH, "one two three"),
        (STATUS + b"X-A:\r\n one\r\n" + LENGTH, "one"),
        (STATUS + b"X-A : one\r\n" + LENGTH, "one"),
        (STATUS + b"x-a:\t one \t\r\n" + LENGTH, "one"),
        (STATUS + b"X-A: one\r\nContent-Length:\r\n 2\r\n\r\nok", "one"),
        (STATUS + b"X-A: one\r\nContent-Length: 2\r\n" + LENGTH, "one"),
        (STATUS + b"X-A: one\r\ncontent-length: 2, 2\r\n\r\nok", "one"),
        (b"HTTP/1.1 200 OK\nX-A: one\nContent-Length: 2\n\nok", "one"),
        (b"HTTP/1.1 200\r\nX-A: one\r\n" + LENGTH, "one"),
        (STATUS + b"X-A: one\r\nTransfer-Encoding: CHUNKED\r\n\r\n2 \r\nok\r\n0\r\n\r\n", "one"),
        (STATUS + b"X-A: one\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0;x\r\nY: z\r\n\r\n", "one"),
        (STATUS + b"X-A: caf\xe9\r\n" + LENGTH, "café"),
        (b"HTTP/1.1 103 Early\r\nLink: </a>,\r\n </b>\r\n\r\n" + STATUS + b"X-A: one\r\n" + LENGTH, "one"),
    ],
)
def test_a_head_that_a_user_agent_has_to_understand_is_read_in_any_pieces(response, expected):
    with client(response, [response[:24], response[24:40], response[40:]], OK) as (one, seen):
        for path in ("/1", "/2"):
            answer = one.session.get(path)
            assert (answer.error, answer.text) == (None, "ok")
            assert answer.headers["X-A"] == expected
        assert one.session.get("/3").connected is None
        assert len(seen) == 3


@pytest.mark.parametrize(
    "response",
    [
        STATUS + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nokk",
        STATUS + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        STATUS + b"X-A: one\r\n two\x00\r\n" + LENGTH,
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
)
def test_a_head_that_is_ambiguous_or_not_http_is_refused_at_once(response):
    with client(response) as (one, _):
        assert isinstance(one.session.get("/x").error, BadResponse)


def test_a_head_is_read_again_only_when_all_of_it_is_here():
    assert tolerant(STATUS + b"X-A: one\r\n two\r\n") is None
    assert tolerant(b"HTTP/1.1 100 Go\r\n\r\n" + STATUS) is None
