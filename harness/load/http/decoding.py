"""Content codings of a body: gzip, deflate and br, undone within limits of size, memory and time.

A small body can decode to gigabytes, or into ten thousand members of nothing. The work goes forward piece by
piece in time that grows with the body alone, and other users go on between two pieces.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import brotli  # type: ignore[import-untyped]
import gevent
from gevent import get_hub, getcurrent

from harness.load.errors import BadResponse
from harness.load.http.memory import Claim
from harness.load.http.transport.exchange import Header, RawResponse

# Nothing a task looks at needs more than these.
MAX_DECODED_BYTES = 64 * 1024 * 1024
MAX_CODINGS = 3
MAX_GZIP_MEMBERS = 4096
_TAKEN_BYTES = 64 * 1024
_PIECE_BYTES = 1024 * 1024
# Its header takes ten bytes, its checksum and size eight, and at least two are between (RFC 1952, RFC 1951).
_LEAST_GZIP_BYTES = 20
_CUT = "the body ends within its encoding"
LOOKED_AT: Final = 16
"""One body in so many is looked at: all of them would cost a good service's load a third more CPU."""


class Undecodable(BadResponse):
    """A body that is not in its content coding."""


def decode(
    body: bytes, codings: str, max_bytes: int = MAX_DECODED_BYTES, claim: Claim | None = None
) -> bytes:
    """Undo the codings of a `Content-Encoding` header; raises BadResponse.

    The memory of a large result is taken from `claim`, which the caller keeps as long as the result.
    """
    claim = claim or Claim()
    named = [coding.strip().lower() for coding in codings.split(",", MAX_CODINGS)]
    if len(named) > MAX_CODINGS:
        raise BadResponse(f"more than {MAX_CODINGS} content encodings")
    for coding in reversed(named):
        if coding in ("", "identity") or not body:
            continue
        decoder = _DECODERS.get(coding)
        if decoder is None:
            raise BadResponse(f"unknown content encoding {coding[:40]}")
        try:
            body = _joined(decoder(body), max_bytes, claim)
        except (zlib.error, brotli.error) as error:
            raise _undecodable(coding, error) from None
    return body


def undecodable(body: bytes, coding: str) -> Undecodable | None:
    """Return why a body is not in its one content coding, None where it is or that cannot be told.

    It takes bounded time: looked at are the first 64 KiB, as far as they decode to 1 MiB.
    """
    decoder = _DECODERS.get(coding := coding.strip().lower())
    if decoder is None:
        return None
    size_bytes = 0
    try:
        for piece in decoder(body[:_TAKEN_BYTES]):
            size_bytes += len(piece)
            if size_bytes > _PIECE_BYTES:
                break
    except (zlib.error, brotli.error) as error:
        return _undecodable(coding, error)
    except Undecodable as cut:
        return cut if len(body) <= _TAKEN_BYTES else None
    except BadResponse:
        return None
    return None


def decoded_bytes(body: bytes, headers: Iterable[Header]) -> int | None:
    """Return the size of a coded body's content without decoding it; None where its coding does not tell.

    A gzip member ends with the size of its content, modulo 2^32 (RFC 1952 §2.3.1); of several members it is
    that of the last one.
    """
    codings = [value.strip().lower() for name, value in headers if name.lower() == b"content-encoding"]
    if not body:
        return 0
    if codings == [b"identity"]:
        return len(body)
    if codings in ([b"gzip"], [b"x-gzip"]) and len(body) >= _LEAST_GZIP_BYTES:
        return int.from_bytes(body[-4:], "little")
    return None


class CodedBodies:
    """Decodes one coded body in so many, of all users together; each one once a broken one was seen.

    Few tasks look at a body, and every client of the service does.
    """

    __slots__ = ("_skip", "_skipped")

    def __init__(self) -> None:
        self._skip = LOOKED_AT - 1
        self._skipped = self._skip

    def problem_of(self, response: RawResponse) -> BadResponse | None:
        """Return why the body of a response with a content coding cannot be read; None where nobody tried."""
        if self._skipped < self._skip:
            self._skipped += 1
            return None
        self._skipped = 0
        body = response.body
        codings = [value for name, value in response.headers if name.lower() == b"content-encoding"]
        problem = undecodable(body, codings[0].decode("latin-1")) if body and len(codings) == 1 else None
        if problem is not None:
            self._skip = 0
        return problem


def _undecodable(coding: str, error: Exception) -> Undecodable:
    return Undecodable(f"the body is not {coding}: {error}")


def _joined(pieces: Iterator[bytes], max_bytes: int, claim: Claim) -> bytes:
    kept: list[bytes] = []
    size_bytes = 0
    for piece in pieces:
        if kept:
            _let_others_go_on()
        kept.append(piece)
        size_bytes += len(piece)
        if size_bytes > max_bytes:
            raise BadResponse("the decoded body is too large")
        claim.grow_to(size_bytes)
    return b"".join(kept)


def _let_others_go_on() -> None:
    if getcurrent() is not get_hub():
        gevent.sleep(0)


def _gunzip(body: bytes) -> Iterator[bytes]:
    # A gzip body may be several members, one after the other (RFC 1952 §2.2).
    return _inflate(body, zlib.MAX_WBITS | 16, MAX_GZIP_MEMBERS)


def _deflate(body: bytes) -> Iterator[bytes]:
    try:
        zlib.decompressobj().decompress(body[:2])
    except zlib.error:
        # Some services send the bare stream without zlib's header.
        return _inflate(body, -zlib.MAX_WBITS, 1)
    return _inflate(body, zlib.MAX_WBITS, 1)


def _inflate(body: bytes, window_bits: int, max_members: int) -> Iterator[bytes]:
    inflater, members = zlib.decompressobj(window_bits), 1
    for start in range(0, len(body), _TAKEN_BYTES):
        # zlib copies what it leaves of its input, so it never gets much at once.
        data = body[start : start + _TAKEN_BYTES]
        while data:
            if inflater.eof:
                data = data.lstrip(b"\0")
                if max_members == 1 or not data:
                    break
                members += 1
                if members > max_members:
                    raise BadResponse(f"the body has more than {max_members} gzip members")
                inflater = zlib.decompressobj(window_bits)
            yield inflater.decompress(data, _PIECE_BYTES)
            data = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
    while not inflater.eof:
        rest = inflater.decompress(b"", _PIECE_BYTES)
        if not rest:
            raise Undecodable(_CUT)
        yield rest


def _unbrotli(body: bytes) -> Iterator[bytes]:
    decompressor = brotli.Decompressor()
    yield decompressor.process(body, output_buffer_limit=_PIECE_BYTES)
    while not decompressor.is_finished():
        piece = decompressor.process(b"", output_buffer_limit=_PIECE_BYTES)
        if not piece:
            raise Undecodable(_CUT)
        yield piece


_DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _deflate,
    "br": _unbrotli,
}
