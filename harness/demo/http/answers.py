"""Answers in the bytes of HTTP/1.1, but for the last lines of the head, which each connection adds."""

from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson

from harness.plan.variant import Variant

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}


class Answer(NamedTuple):
    """What one request is answered with; the head lacks the empty line that ends it."""

    status: int
    head: bytes
    body: bytes


class Answers:
    """Makes the answers of one variant; each names it in `x-variant`."""

    def __init__(self, variant: Variant) -> None:
        self._variant = ("x-variant", variant.value)
        self._plain_head = lru_cache(maxsize=1024)(self._head)

    def json(self, status: int, body: bytes, *more: tuple[str, str]) -> Answer:
        """Answer with an encoded JSON body."""
        return self._answer(status, "application/json", body, *more)

    def value(self, status: int, value: Any) -> Answer:
        """Answer with a value, encoded here."""
        return self.json(status, orjson.dumps(value))

    def error(self, status: int, what: str, *more: tuple[str, str]) -> Answer:
        """Answer what was wrong."""
        return self.json(status, orjson.dumps({"error": what}), *more)

    def text(self, body: bytes, content_type: str) -> Answer:
        """Answer with a page."""
        return self._answer(200, content_type, body)

    def _answer(self, status: int, content_type: str, body: bytes, *more: tuple[str, str]) -> Answer:
        head = self._head if more else self._plain_head
        return Answer(status, head(status, content_type, len(body), *more), body)

    def _head(self, status: int, content_type: str, length: int, *more: tuple[str, str]) -> bytes:
        head = f"{_STATUS_LINES[status]}content-type: {content_type}\r\ncontent-length: {length}\r\n"
        for name, value in (self._variant, *more):
            head += f"{name}: {value}\r\n"
        return head.encode("ascii")
