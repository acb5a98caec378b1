"""Requests out of the bytes of HTTP/1.1: llhttp knows the grammar, this module what the service accepts."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

import httptools

from harness.demo.http.app import Refusal, ServedRequest

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 64 * 1024
CLOSE_LINE = b"connection: close\r\n"
KEEP_ALIVE_LINE = b"connection: keep-alive\r\n"
_MAX_KNOWN_BYTES = 2048


@dataclass(slots=True)
class ParsedRequest:
    """A request, and the `connection` header of its response."""

    request: ServedRequest
    connection_line: bytes


class _Refused(Exception):  # raised through the parser
    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.refusal = Refusal(status, what)


class RequestReader:
    """Appends the requests of one client to `pending`; the `on_…` methods are llhttp's callbacks.

    A refused request, or one that ends the connection, is the last: what follows is discarded.
    """

    def __init__(self, pending: deque[ParsedRequest], send_continue: Callable[[], object]) -> None:
        self._pending = pending
        self._send_continue = send_continue
        self._parser = httptools.HttpRequestParser(self)
        self._head_bytes = 0
        self._forget()
        self.is_done = False
        self._is_between = True

    def known(self, data: bytes) -> ParsedRequest | None:
        """Return the request in these bytes if they are exactly one; what they are not has to be fed."""
        return _whole_request(data) if self._is_between and len(data) <= _MAX_KNOWN_BYTES else None

    def feed(self, data: bytes) -> None:
        """Take more bytes."""
        if self.is_done:
            return
        try:
            self._parser.feed_data(data)
            self._bound_head(len(data))
        except httptools.HttpParserUpgrade:
            self._stop()
        except (httptools.HttpParserError, _Refused) as error:
            cause = error.__context__ if isinstance(error, httptools.HttpParserCallbackError) else error
            self._refuse(cause.refusal if isinstance(cause, _Refused) else Refusal(400, f"not HTTP: {error}"))

    def end(self) -> None:
        """Take the end of what the client sends."""
        if not self._is_between:
            self._refuse(Refusal(400, "the request was cut short"))
        self._stop()

    def _stop(self) -> None:
        self.is_done = True
        self._is_between = False

    def close(self) -> None:
        """Drop the parser: it refers to this reader, and the cycle would keep both alive."""
        del self._parser

    def _bound_head(self, received_bytes: int) -> None:
        self._head_bytes = self._head_bytes + received_bytes if self._is_in_head else 0
        if self._head_bytes > MAX_HEAD_BYTES:
            raise _Refused(431, f"the head of a request may have at most {MAX_HEAD_BYTES} bytes")

    def _refuse(self, refusal: Refusal) -> None:
        if not self.is_done:
            self._stop()
            self._pending.append(
                ParsedRequest(ServedRequest(self._method, path_of(self._target), b"", refusal), CLOSE_LINE)
            )

    def _forget(self) -> None:
        self._method, self._target, self._body = "", b"", b""
        self._headers: dict[bytes, bytes] = {}
        self._is_in_head = False

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._forget()
        self._is_between = False
        self._is_in_head = True

    def on_url(self, part: bytes) -> None:
        """Take a piece of the target."""
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """Refuse a body that cannot be accepted."""
        self._is_in_head = False
        self._method = self._parser.get_method().decode("ascii")
        length = self._headers.get(b"content-length")
        if b"transfer-encoding" in self._headers or (length is None and self._method == "POST"):
            raise _Refused(411, "send the body with a content-length")
        if length is not None:
            if int(length) > MAX_BODY_BYTES:
                raise _Refused(413, f"a body may have at most {MAX_BODY_BYTES} bytes")
            if self._headers.get(b"expect", b"").lower() == b"100-continue":
                self._send_continue()

    def on_body(self, part: bytes) -> None:
        """Take a piece of the body."""
        self._body += part

    def on_message_complete(self) -> None:
        """Hand the request over."""
        line = self._connection_line()
        self.is_done = line is CLOSE_LINE
        self._is_between = not self.is_done
        self._pending.append(
            ParsedRequest(ServedRequest(self._method, path_of(self._target), self._body), line)
        )

    def _connection_line(self) -> bytes:
        if self._parser.should_upgrade() or not self._parser.should_keep_alive():
            return CLOSE_LINE
        # HTTP/1.0 closes unless both sides say otherwise.
        return KEEP_ALIVE_LINE if self._headers.get(b"connection", b"").lower() == b"keep-alive" else b""


@lru_cache(maxsize=1024)
def _whole_request(data: bytes) -> ParsedRequest | None:
    """Return the request in these bytes, if they are exactly one on a connection that stays open.

    Load repeats the same bytes, so their parsing is kept: it would be a quarter of the service's work for a
    request.
    """
    parsed = deque[ParsedRequest]()
    reader = RequestReader(parsed, lambda: None)
    reader.feed(data)
    is_one = len(parsed) == 1 and reader._is_between
    reader.close()
    return parsed[0] if is_one else None


def path_of(target: bytes) -> str:
    """Return the path of a request target, without host and query, its escapes decoded."""
    if not target.startswith(b"/"):
        try:
            target = httptools.parse_url(target).path or b"/"
        except httptools.HttpParserInvalidURLError:
            return target.decode("latin-1")
    path = target.partition(b"?")[0].decode("latin-1")
    return unquote(path) if "%" in path else path
