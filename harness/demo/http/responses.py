"""Responses in the bytes of HTTP/1.1; each connection adds the last lines of the head."""

from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import orjson

from harness.plan.variant import Variant

_MAX_KEPT = 256
_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}


@dataclass(frozen=True, slots=True)
class ServedResponse:
    """The response to one request; `head` does not have the empty line that ends it."""

    status: int
    head: bytes
    body: bytes


class ResponseFactory:
    """Makes the responses of one variant; each names it in `x-variant`."""

    def __init__(self, variant: Variant) -> None:
        self._variant = ("x-variant", variant.value)
        # Most responses were made before.
        self.json = lru_cache(maxsize=_MAX_KEPT)(self._json)

    def value(self, status: int, value: Any) -> ServedResponse:
        """Make a JSON response of a value."""
        return self.json(status, orjson.dumps(value))

    def error(self, status: int, what: str, *more: tuple[str, str]) -> ServedResponse:
        """Make the response that says what was wrong."""
        return self.json(status, orjson.dumps({"error": what}), *more)

    def text(self, body: bytes, content_type: str) -> ServedResponse:
        """Make a page."""
        return self._response(200, content_type, body)

    def _json(self, status: int, body: bytes, *more: tuple[str, str]) -> ServedResponse:
        """Make a response of an encoded JSON body."""
        return self._response(status, "application/json", body, *more)

    def _response(
        self, status: int, content_type: str, body: bytes, *more: tuple[str, str]
    ) -> ServedResponse:
        head = f"{_STATUS_LINES[status]}content-type: {content_type}\r\ncontent-length: {len(body)}\r\n"
        for name, value in (self._variant, *more):
            head += f"{name}: {value}\r\n"
        return ServedResponse(status, head.encode("ascii"), body)
