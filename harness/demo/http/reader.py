"""Requests out of the bytes of HTTP/1.1; llhttp knows its grammar, this knows what the service takes."""

from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

import httptools

from harness.demo.http.app import Refusal, ServedRequest

MAX_HEAD_BYTES = 64 * 1024
MAX_BODY_BYTES = 64 * 1024
CLOSES = b"connection: close\r\n"
STAYS = b"connection: keep-alive\r\n"
_MAX_KNOWN_BYTES = 2048


class ParsedRequest(NamedTuple):
    """A request, and the line about the connection in its answer's head."""

    request: ServedRequest
    connection_line: bytes


class _Refused(Exception):  # a way out of the parser
    def __init__(self, status: int, what: str) -> None:
        super().__init__(what)
        self.refusal = Refusal(status, what)


class RequestReader:
    """Puts what one client sends into `asked`; the `on_…` methods are llhttp's callbacks.

    A refused request, or one that ends the connection, is the last: what follows is thrown away.
    """

    def __init__(self, asked: deque[ParsedRequest], go_on: Callable[[], object]) -> None:
        self._asked = asked
        self._go_on = go_on
        self._parser = httptools.HttpRequestParser(self)
        self._head_bytes = 0
        self._forget()
        self.is_in_message = self.is_done = False

    def feed(self, data: bytes) -> None:
        """Take more bytes."""
        if self.is_done:
            return
        if not self.is_in_message and (asked := known_request(data)):
            self._asked.append(asked)
            return
        self.parse(data)

    def parse(self, data: bytes) -> None:
        """Take more bytes, known or not."""
        try:
            self._parser.feed_data(data)
            self._bound_head(len(data))
        except httptools.HttpParserUpgrade:
            self.is_done = True
        except (httptools.HttpParserError, _Refused) as error:
            cause = error.__context__ if isinstance(error, httptools.HttpParserCallbackError) else error
            self._refuse(cause.refusal if isinstance(cause, _Refused) else Refusal(400, f"no HTTP: {error}"))

    def end(self) -> None:
        """Take the end of what the client sends."""
        if self.is_in_message:
            self._refuse(Refusal(400, "the request was cut short"))
        self.is_done = True

    def close(self) -> None:
        """Drop the parser, which refers to this reader and would keep both."""
        del self._parser

    def _bound_head(self, received_bytes: int) -> None:
        self._head_bytes = self._head_bytes + received_bytes if self._is_in_head else 0
        if self._head_bytes > MAX_HEAD_BYTES:
            raise _Refused(431, f"the head of a request may have {MAX_HEAD_BYTES} bytes at most")

    def _refuse(self, refusal: Refusal) -> None:
        if not self.is_done:
            self.is_done = True
            self._asked.append(
                ParsedRequest(ServedRequest(self._method, path_of(self._target), b"", refusal), CLOSES)
            )

    def _forget(self) -> None:
        self._method, self._target, self._body = "", b"", b""
        self._headers: dict[bytes, bytes] = {}
        self._is_in_head = False

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._forget()
        self.is_in_message = self._is_in_head = True

    def on_url(self, part: bytes) -> None:
        """Take a piece of the target."""
        self._target += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        """Look whether the body can be taken."""
        self._is_in_head = False
        self._method = self._parser.get_method().decode("ascii")
        length = self._headers.get(b"content-length")
        if b"transfer-encoding" in self._headers or (length is None and self._method == "POST"):
            raise _Refused(411, "send the body with a content-length")
        if length is not None:
            if int(length) > MAX_BODY_BYTES:
                raise _Refused(413, f"a body may have {MAX_BODY_BYTES} bytes at most")
            if self._headers.get(b"expect", b"").lower() == b"100-continue":
                self._go_on()

    def on_body(self, part: bytes) -> None:
        """Take a piece of the body."""
        self._body += part

    def on_message_complete(self) -> None:
        """Hand the request over."""
        self.is_in_message = False
        line = self._connection_line()
        self.is_done = line is CLOSES
        self._asked.append(
            ParsedRequest(ServedRequest(self._method, path_of(self._target), self._body), line)
        )

    def _connection_line(self) -> bytes:
        if self._parser.should_upgrade() or not self._parser.should_keep_alive():
            return CLOSES
        # HTTP/1.0 closes unless both sides say otherwise.
        return STAYS if self._headers.get(b"connection", b"").lower() == b"keep-alive" else b""


def known_request(data: bytes) -> ParsedRequest | None:
    """Give the request that these bytes are, if they are one whole GET after which the connection stays.

    Load asks the same again and again, and the same bytes ask the same: reading them anew would take a
    quarter of what the service does for a request.
    """
    if not data.startswith(b"GET ") or not data.endswith(b"\r\n\r\n") or len(data) > _MAX_KNOWN_BYTES:
        return None
    return _read_whole(data)


@lru_cache(maxsize=1024)
def _read_whole(data: bytes) -> ParsedRequest | None:
    asked = deque[ParsedRequest]()
    reader = RequestReader(asked, lambda: None)
    reader.parse(data)
    is_one = len(asked) == 1 and not reader.is_in_message and not reader.is_done
    reader.close()
    return asked[0] if is_one else None


def path_of(target: bytes) -> str:
    """Give the path of a request's target: without host and query, its escapes decoded."""
    if not target.startswith(b"/"):
        try:
            target = httptools.parse_url(target).path or b"/"
        except httptools.HttpParserInvalidURLError:
            return target.decode("latin-1")
    path = target.partition(b"?")[0].decode("latin-1")
    return unquote(path) if "%" in path else path
