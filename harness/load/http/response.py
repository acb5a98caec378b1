"""The response a task gets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from types import TracebackType
from typing import Any, NoReturn

from harness.load.blame import Blame, BlameRules
from harness.load.errors import BadResponse, Interrupted, MarkedFailed, StatusError
from harness.load.form import open_to_users
from harness.load.http.cookies import cookies_of
from harness.load.http.decoding import decode, decoded_bytes
from harness.load.http.headers import Headers
from harness.load.http.memory import Claim
from harness.load.http.request import Request
from harness.load.http.transport.exchange import ConnectTimings, Header
from harness.plan.criteria.measure import Clock
from harness.record.histograms.clocks import CLOCKS, Timings

_CATCH = "to mark a request as success or failure, pass catch_response=True and use a with-block"

_NO_BLOCK = "a request with catch_response=True is judged in its with-block, and this one is in none"


@open_to_users
class Response:
    """A response, or the error that came instead (`status_code` 0).

    `error` is None for a successful request, `raw` the body as received, `timings` when it
    was sent and answered (after redirects, when the first request was sent and the last one answered),
    `history` the responses that redirected here, `connected` what opening the connection took (None on a
    kept one), `is_coded` whether it has a content coding. Nothing is decoded before it is asked for.
    """

    # Class attributes cost a request nothing until they are set.
    history: tuple[Response, ...] = ()
    encoding: str | None = None
    js: Any = None
    is_coded: bool = False
    _headers: Headers | None = None
    _content: bytes | None = None
    _claim: Claim | None = None

    def __init__(
        self,
        request: Request,
        status_code: int,
        raw_headers: Sequence[Header],
        raw: bytes,
        error: Exception | None,
        timings: Timings,
        connected: ConnectTimings | None = None,
    ) -> None:
        self.request = request
        self.status_code = status_code
        self.raw_headers = raw_headers
        self.raw = raw
        self.error = error if error is not None or status_code < 400 else StatusError(f"HTTP {status_code}")
        self.timings = timings
        self.connected = connected

    @property
    def method(self) -> str:
        """The method of the request."""
        return self.request.method

    @property
    def url(self) -> str:
        """The absolute URL of the request; after redirects that of the last one."""
        return self.request.url

    @property
    def headers(self) -> Headers:
        """The response's headers."""
        if self._headers is None:
            self._headers = Headers(self.raw_headers)
        return self._headers

    @property
    def ok(self) -> bool:
        """Whether a complete response with a status below 400 arrived."""
        return self.error is None

    @property
    def is_declared(self) -> bool:
        """Whether its error is the task's own word: the task stopped waiting for the response."""
        return isinstance(self.error, Interrupted)

    @property
    def content(self) -> bytes:
        """The body without its content encoding; raises BadResponse when it cannot be decoded."""
        if self._content is None:
            codings = self.headers.get("content-encoding") if self.raw else None
            self._claim = Claim()
            self._content = decode(self.raw, codings, claim=self._claim) if codings else self.raw
        return self._content

    @property
    def size_bytes(self) -> int | None:
        """The size of the content; None where it has a coding that does not tell."""
        return decoded_bytes(self.raw, self.raw_headers) if self.is_coded else len(self.raw)

    @property
    def text(self) -> str:
        """The content, decoded by `encoding`, by the charset of its content type, or as UTF-8."""
        charset = self.headers.get("content-type", "").lower().partition("charset=")[2]
        try:
            return self.content.decode(
                self.encoding or charset.split(";")[0].strip(" \"'") or "utf-8", "replace"
            )
        except LookupError:
            return self.content.decode("utf-8", "replace")

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies this response sets."""
        return cookies_of(self.headers.get_all("set-cookie"))

    @property
    def service_s(self) -> float:
        """The service time: from the send to the last byte."""
        return CLOCKS[Clock.SERVICE].of(self.timings)

    @property
    def ttfb_s(self) -> float:
        """The time to first byte, from the send; NaN without one."""
        return CLOCKS[Clock.TTFB].of(self.timings)

    @property
    def elapsed(self) -> timedelta:
        """The service time."""
        return timedelta(seconds=self.service_s)

    @property
    def connect_s(self) -> float:
        """How long connecting took, 0 on a kept connection."""
        return self.connected.connect_s if self.connected is not None else 0.0

    @property
    def handshake_s(self) -> float:
        """How long the TLS handshake took, 0 without one."""
        return self.connected.handshake_s if self.connected is not None else 0.0

    def json(self) -> Any:
        """Parse the content as JSON; raises json.JSONDecodeError."""
        return json.loads(self.text)

    def iter_lines(self) -> Iterator[str]:
        """Yield the lines of the text."""
        yield from self.text.splitlines()

    def iter_content(self, chunk_size: int = 1024, decode_content: bool = True) -> Iterator[str | bytes]:
        """Yield the content in pieces, as text where `decode_content` says so and it is UTF-8."""
        for start in range(0, len(self.content), chunk_size):
            piece = self.content[start : start + chunk_size]
            try:
                yield piece.decode() if decode_content else piece
            except UnicodeDecodeError:
                yield piece

    def raise_for_status(self) -> None:
        """Raise the request's error, if it had one."""
        if self.error is not None:
            raise self.error

    def success(self) -> NoReturn:
        """Raise: without catch_response the request is already recorded."""
        raise RuntimeError(_CATCH)

    def failure(self, reason: Any) -> NoReturn:
        """Raise: without catch_response the request is already recorded."""
        raise RuntimeError(_CATCH)

    def __enter__(self) -> Any:
        raise RuntimeError(_CATCH)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        return None


@open_to_users
class ResponseContextManager(Response):
    """A response whose task decides whether it was a success; recorded when its with-block is left.

    One whose block is never entered is recorded as it is when its arrival ends.
    """

    def await_block(
        self,
        record: Callable[[Response], None],
        accept: Callable[[str], None],
        unsettled: list[Any],
        rules: BlameRules,
    ) -> None:
        """Set how it is recorded, where it stands until its block is entered, and what exceptions mean.

        `accept` is called first, with the kind of its failure, where the task calls a failed one a success.
        By `rules`, exceptions that are the service's doing mark the request as failed; those with which a
        task calls a response bad end at the block.
        """
        self._record: Callable[[Response], None] | None = record
        self._accept = accept
        self._own_error = self.error
        self._unsettled = unsettled
        self._rules = rules
        unsettled.append(self)

    def settle(self) -> None:
        """Record the request, unless it has been."""
        if self in self._unsettled:
            self._unsettled.remove(self)
        record, self._record = self._record, None
        if record is None:
            return
        if self.error is None and self._own_error is not None:
            self._accept(str(self._own_error))
        record(self)

    @property
    def is_declared(self) -> bool:
        """Whether its error is the task's own word, about a response that came well."""
        # The body of a response is decoded in its block.
        return self._own_error is None and not (self.error is None or isinstance(self.error, BadResponse))

    def success(self) -> None:  # type: ignore[override] # here it returns
        """Count the request as successful, whatever its status; raises RuntimeError outside of its block."""
        self._must_be_in_block()
        self.error = None

    def failure(self, reason: Any) -> None:  # type: ignore[override] # here it returns
        """Count the request as failed; `reason` is an exception or a text.

        Raises RuntimeError outside of its block.
        """
        self._must_be_in_block()
        self.error = reason if isinstance(reason, Exception) else MarkedFailed(str(reason))

    def _must_be_in_block(self) -> None:
        if self in self._unsettled:
            raise RuntimeError(_NO_BLOCK)

    def __enter__(self) -> ResponseContextManager:
        if self in self._unsettled:
            self._unsettled.remove(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        # Also recorded when the block raises: Locust's own session would lose the request.
        is_of_service = value is not None and self._rules.of(value, has_response=True) is Blame.SERVICE
        if is_of_service and self.error is None:
            self.failure(
                value if isinstance(value, Exception) else f"the block ended in {type(value).__name__}"
            )
        self.settle()
        return isinstance(value, self._rules.verdicts)
