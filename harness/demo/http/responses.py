"""Responses in the bytes of HTTP/1.1; each connection adds the last lines of the head."""

from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

import orjson

from harness.plan.variant import Variant

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}


class ServedResponse(NamedTuple):
    """The response to one request; `head` does not have the empty line that ends it."""

    status: int
    head: bytes
    body: bytes


class ResponseFactory:
    """Makes the responses of one variant; each names it in `x-variant`."""

    def __init__(self, variant: Variant) -> None:
        self._variant = ("x-variant", variant.value)
        self._plain_head = lru_cache(maxsize=1024)(self._head)

    def json(self, status: int, body: bytes, *more: tuple[str, str]) -> ServedResponse:
        """Make a response of an encoded JSON body."""
        return self._response(status, "application/json", body, *more)

    def value(self, status: int, value: Any) -> ServedResponse:
        """Make a JSON response of a value."""
        return self.json(status, orjson.dumps(value))

    def error(self, status: int, what: str, *more: tuple[str, str]) -> ServedResponse:
        """Make the response that says what was wrong."""
        return self.json(status, orjson.dumps({"error": what}), *more)

    def text(self, body: bytes, content_type: str) -> ServedResponse:
        """Make a page."""
        return self._response(200, content_type, body)

    def _response(
        self, status: int, content_type: str, body: bytes, *more: tuple[str, str]
    ) -> ServedResponse:
        head = self._head if more else self._plain_head
        return ServedResponse(status, head(status, content_type, len(body), *more), body)

    def _head(self, status: int, content_type: str, length: int, *more: tuple[str, str]) -> bytes:
        head = f"{_STATUS_LINES[status]}content-type: {content_type}\r\ncontent-length: {length}\r\n"
        for name, value in (self._variant, *more):
            head += f"{name}: {value}\r\n"
        return head.encode("ascii")
