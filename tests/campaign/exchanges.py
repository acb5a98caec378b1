"""What a server may answer instead of HTTP, a byte at a time."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable

from tests.campaign.fault import Fault, Seen, Truth
from tests.load.client import client
from tests.load.scripted import Hangup

Step = bytes | float | type[Hangup]

_BODY = b'{"id": 1, "title": "write the tests"}'
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
_ANSWERS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
    % (len(_BODY), _BODY),
    _CHUNKED,
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n" + _CHUNKED,
    b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
)
# Longer than any of these exchanges should take, and shorter than the campaign's own patience.
_TIMEOUT_S = 0.3


def draw(chance: random.Random) -> Fault:
    """Choose an answer and what becomes of its bytes."""
    name, change = chance.choice(_CHANGES)
    answer = change(_whole(chance), chance)

    def play() -> Seen:
        with client([*answer, Hangup], timeout_s=_TIMEOUT_S) as (one, _):
            one.session.get("/x")
            one.session.get("/y")
            account, counts = one.window.accounts[0], one.counts()
            recorded = counts["response"] + counts["failed"]
        return Seen(is_lost=recorded != 2, said=f"{account}, {recorded} of 2 requests recorded")

    return Fault(name, Truth.OPEN, play)


def _whole(chance: random.Random) -> bytes:
    answer = chance.choice(_ANSWERS)
    if b"gzip" not in answer:
        return answer
    packed = gzip.compress(_BODY * chance.randrange(1, 100))
    return answer + b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)


def _cut(answer: bytes, chance: random.Random) -> list[Step]:
    return [answer[: chance.randrange(len(answer))]]


def _late(answer: bytes, chance: random.Random) -> list[Step]:
    at = chance.randrange(len(answer))
    return [answer[:at], chance.choice([0.01, 2 * _TIMEOUT_S]), answer[at:]]


def _in_pieces(answer: bytes, chance: random.Random) -> list[Step]:
    cuts = sorted(chance.randrange(len(answer)) for _ in range(5))
    return [answer[start:end] for start, end in zip([0, *cuts], [*cuts, len(answer)], strict=True)]


def _garbled(answer: bytes, chance: random.Random) -> list[Step]:
    content = bytearray(answer)
    for _ in range(chance.randrange(1, 6)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    return [bytes(content)]


def _with_rubbish(answer: bytes, chance: random.Random) -> list[Step]:
    at = chance.randrange(len(answer))
    return [answer[:at] + chance.randbytes(chance.randrange(1, 400)) + answer[at:]]


def _with_header(answer: bytes, chance: random.Random) -> list[Step]:
    line = chance.choice(_HEADERS)
    return [answer.replace(b"\r\n", b"\r\n" + line + b"\r\n", 1)]


def _twice(answer: bytes, _: random.Random) -> list[Step]:
    return [answer * 2]


def _rubbish(_: bytes, chance: random.Random) -> list[Step]:
    return [chance.randbytes(chance.randrange(1, 2000))]


_HEADERS = (
    b"Content-Length: -1",
    b"Content-Length: 99999999999999999999",
    b"Content-Length: 5, 6",
    b"Content-Length: 0x10",
    b"Transfer-Encoding: identity",
    b"Transfer-Encoding: gzip, chunked",
    b"Content-Encoding: br",
    b"Content-Encoding: gzip",
    b"Content-Encoding: deflate, gzip, gzip",
    b"Location: http://[",
    b"Location: javascript:alert(1)",
    b"Set-Cookie: a=b; Expires=never; Domain=..; Max-Age=1e9",
    b"Set-Cookie: =; =; ;",
    b"Folded: a\r\n  b",
    b": no name",
    b"no colon",
    b"X: \xff\xfe\x00",
    b"X: " + b"x" * 70_000,
    b"Connection: close, upgrade",
    b"Upgrade: websocket",
)
_CHANGES: tuple[tuple[str, Callable[[bytes, random.Random], list[Step]]], ...] = (
    ("an answer is cut", _cut),
    ("an answer pauses", _late),
    ("an answer comes in pieces", _in_pieces),
    ("bytes of an answer are changed", _garbled),
    ("rubbish is in the middle of an answer", _with_rubbish),
    ("an answer has a strange header", _with_header),
    ("an answer comes twice", _twice),
    ("rubbish is all that comes", _rubbish),
)
