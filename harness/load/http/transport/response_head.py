"""Heads of responses that are not quite HTTP/1.1, as RFC 9112 lets a user agent read them."""

from __future__ import annotations

import re

_BLANK = b" \t"
_END = re.compile(rb"\r?\n\r?\n")


def tolerant(data: bytes) -> bytes | None:
    """Return a response with the head that a strict parser can read, None before the head has ended.

    Folded lines become one (RFC 9112 §5.2), whitespace before a colon goes (§5.1), and a length that is given
    several times with the same value is given once (RFC 9110 §8.6). Interim responses may precede it.
    """
    whole = b""
    while end := _END.search(data):
        head, data = data[: end.start()], data[end.end() :]
        status, *lines = head.replace(b"\r\n", b"\n").split(b"\n")
        whole += b"\r\n".join([status, *_once(_fields(lines))]) + b"\r\n\r\n"
        if status.partition(b" ")[2][:1] != b"1":
            return whole + data
    return None


def _fields(lines: list[bytes]) -> list[bytes]:
    """Return one line for each field."""
    fields: list[bytes] = []
    for line in lines:
        if fields and line[:1] in (b" ", b"\t"):
            fields[-1] = fields[-1].rstrip(_BLANK) + b" " + line.strip(_BLANK)
        else:
            name, colon, value = line.partition(b":")
            fields.append(name.rstrip(_BLANK) + colon + value if colon else line)
    return fields


def _once(fields: list[bytes]) -> list[bytes]:
    """Return the fields with one length, if all lengths are the same."""
    others = [field for field in fields if not field.lower().startswith(b"content-length:")]
    lengths = {
        length.strip(_BLANK)
        for field in fields
        if field.lower().startswith(b"content-length:")
        for length in field.partition(b":")[2].split(b",")
    }
    return [*others, b"content-length: " + lengths.pop()] if len(lengths) == 1 else fields
