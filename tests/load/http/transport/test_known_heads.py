"""Heads that were parsed before: the same responses come out, and only whole ones are remembered."""

import pytest

from harness.load.errors import BadResponse
from harness.load.http.transport.known_heads import KnownHead, KnownHeads
from harness.load.http.transport.response_parser import ResponseParser

HEAD = b"HTTP/1.1 200 OK\r\nX-Variant: canary\r\nContent-Length: 5\r\n\r\n"


def parsed(parser, *pieces, bodiless=False):
    """What a parser makes of a response in pieces."""
    parser.expect(bodiless)
    for piece in pieces:
        parser.feed(piece)
    return parser.status, list(parser.headers), parser.body, parser.complete, parser.keep_alive


@pytest.fixture
def heads():
    return KnownHeads(max_heads=4)


@pytest.fixture
def parser(heads):
    return ResponseParser(heads)


def test_a_response_with_a_known_head_is_the_one_the_parser_would_have_made(parser, heads):
    first, second = parsed(parser, HEAD + b"first"), parsed(parser, HEAD + b"other")
    assert heads.uses == 1
    assert (first[2], second[2]) == (b"first", b"other")
    assert first[:2] == second[:2] == (200, [(b"X-Variant", b"canary"), (b"Content-Length", b"5")])


@pytest.mark.parametrize(
    "pieces", [(HEAD, b"other"), (HEAD + b"ot", b"her"), (HEAD[:20], HEAD[20:] + b"other")]
)
def test_a_response_in_pieces_is_parsed_though_its_head_is_known(parser, heads, pieces):
    whole = parsed(parser, HEAD + b"other")
    assert parsed(parser, *pieces) == whole
    assert heads.uses == 0
    assert parsed(parser, HEAD + b"other") == whole


def test_what_comes_after_a_response_with_a_known_head_spoils_the_connection(parser):
    parsed(parser, HEAD + b"first")
    assert parsed(parser, HEAD + b"first" + HEAD + b"again")[2:] == (b"first", True, False)


@pytest.mark.parametrize(
    "response",
    [
        HEAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + b"first",
        HEAD.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=1\r\n\r\n") + b"first",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"first",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\n\r\n",
        HEAD.replace(b"\r\n\r\n", b"\n\n") + b"a\r\n\r\n",
    ],
    ids=["closing", "cookie", "chunks", "interim", "not modified", "no content", "bare line feeds"],
)
def test_a_head_that_does_not_say_all_about_its_response_is_parsed_every_time(parser, heads, response):
    first = parsed(parser, response)
    parser.begin_connection()
    assert parsed(parser, response) == first
    assert heads.uses == 0


def test_the_response_to_head_has_no_body_though_its_head_is_known(parser):
    parsed(parser, HEAD + b"first")
    assert parsed(parser, HEAD, bodiless=True)[2:4] == (b"", True)


def test_a_known_head_makes_no_response_out_of_garbage(parser):
    parsed(parser, HEAD + b"first")
    with pytest.raises(BadResponse):
        parsed(parser, b"garbage\r\n\r\n" + HEAD + b"first")


def test_the_oldest_heads_are_forgotten_and_remembering_ends_when_it_is_of_no_use(heads):
    known = KnownHead(200, (), 0)
    for number in range(4):
        heads.remember(b"%d" % number, known)
    heads.uses = 5
    heads.remember(b"4", known)
    assert (heads.find(b"0"), heads.find(b"4"), heads.is_useful) == (None, known, True)
    for number in range(5, 9):
        heads.remember(b"%d" % number, known)
    assert not heads.is_useful
