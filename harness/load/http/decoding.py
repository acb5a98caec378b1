"""Content codings of a body: gzip, deflate and br, undone within a limit."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]

from harness.load.errors import BadResponse

# A small body can decode to gigabytes; no task needs more than this.
MAX_DECODED_BYTES = 64 * 1024 * 1024
_PIECE_BYTES = 1024 * 1024


def decode(body: bytes, codings: str, max_bytes: int = MAX_DECODED_BYTES) -> bytes:
    """Undo the codings of a `Content-Encoding` header; raises BadResponse."""
    for coding in reversed([coding.strip().lower() for coding in codings.split(",")]):
        if coding in ("", "identity") or not body:
            continue
        decoder = _DECODERS.get(coding)
        if decoder is None:
            raise BadResponse(f"unknown content encoding {coding[:40]}")
        try:
            body = decoder(body, max_bytes)
        except (zlib.error, brotli.error) as error:
            raise BadResponse(f"the body is not {coding}: {error}") from None
    return body


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    pieces: list[bytes] = []
    while body:
        # A gzip body may be several members, one after the other (RFC 1952 §2.2).
        inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
        pieces.append(_inflate(inflater, body, max_bytes - sum(map(len, pieces))))
        body = inflater.unused_data.lstrip(b"\0")
    return b"".join(pieces)


def _deflate(body: bytes, max_bytes: int) -> bytes:
    try:
        return _inflate(zlib.decompressobj(), body, max_bytes)
    except zlib.error:
        # Some services send the bare stream without zlib's header.
        return _inflate(zlib.decompressobj(-zlib.MAX_WBITS), body, max_bytes)


def _inflate(inflater: zlib._Decompress, body: bytes, max_bytes: int) -> bytes:
    data = inflater.decompress(body, max(max_bytes, 0) + 1)
    _check_size(len(data), max_bytes)
    if not inflater.eof:
        raise BadResponse("the encoded body is incomplete")
    return data


def _unbrotli(body: bytes, max_bytes: int) -> bytes:
    decompressor = brotli.Decompressor()
    pieces = [decompressor.process(body, output_buffer_limit=_PIECE_BYTES)]
    size = len(pieces[0])
    while not decompressor.is_finished():
        piece = decompressor.process(b"", output_buffer_limit=_PIECE_BYTES)
        if not piece:
            raise BadResponse("the encoded body is incomplete")
        pieces.append(piece)
        size += len(piece)
        _check_size(size, max_bytes)
    _check_size(size, max_bytes)
    return b"".join(pieces)


def _check_size(size_bytes: int, max_bytes: int) -> None:
    if size_bytes > max_bytes:
        raise BadResponse("the decoded body is too large")


_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _deflate,
    "br": _unbrotli,
}
