"""Answers and bodies: the little HTTP that the service needs above granian."""

from typing import Any, NamedTuple

import orjson
from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope  # type: ignore[attr-defined]  # they are meant to be

from harness.plan.variant import Variant

BODY_AT_MOST_BYTES = 64 * 1024


class Answer(NamedTuple):
    """What one request is answered with."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class BodyRefused(ValueError):
    """A request body that is not read; carries the status that says why."""

    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.status = status


class Answers:
    """Makes the answers of one variant; each names it in `x-variant`."""

    def __init__(self, variant: Variant) -> None:
        self._variant = ("x-variant", variant.value)
        self._json = [("content-type", "application/json"), self._variant]

    def json(self, status: int, body: bytes, *more: tuple[str, str]) -> Answer:
        """Answer with an encoded JSON body."""
        return Answer(status, [*self._json, *more] if more else self._json, body)

    def value(self, status: int, value: Any) -> Answer:
        """Answer with a value, encoded here."""
        return self.json(status, orjson.dumps(value))

    def error(self, status: int, what: str, *more: tuple[str, str]) -> Answer:
        """Answer what was wrong."""
        return self.json(status, orjson.dumps({"error": what}), *more)

    def text(self, body: bytes, content_type: str) -> Answer:
        """Answer with a page."""
        return Answer(200, [("content-type", content_type), self._variant], body)


async def read_body(scope: Scope, proto: HTTPProtocol) -> bytes:
    """Read the whole body; raises BodyRefused when it has no length, is too long or was cut short."""
    length = scope.headers.get("content-length")
    if length is None:
        raise BodyRefused(411, "send the body with a content-length")
    if not length.isdecimal():
        raise BodyRefused(400, "the content-length is no number")
    if int(length) > BODY_AT_MOST_BYTES:
        raise BodyRefused(413, f"a body may have {BODY_AT_MOST_BYTES} bytes at most")
    # Reading it in pieces would not do: granian ends that loop silently when the client goes away half-way.
    try:
        return bytes(await proto())
    except ProtocolClosed:
        raise BodyRefused(400, "the body was cut short") from None
