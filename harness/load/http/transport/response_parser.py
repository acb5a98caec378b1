"""A parser of HTTP/1.1 responses: bytes go in; a status, headers and a body come out."""

from __future__ import annotations

from collections.abc import Sequence

import httptools

from harness.load.errors import BadResponse, ConnectionFailed
from harness.load.http.memory import FREE_BYTES, Claim
from harness.load.http.transport.exchange import Header
from harness.load.http.transport.known_heads import KnownHead, KnownHeads
from harness.load.http.transport.response_head import tolerant

MAX_HEADER_BYTES = 65_536
MAX_HEADERS = 1_000
MAX_BODY_BYTES = 64 * 1024 * 1024
_COUNTED_FROM = MAX_BODY_BYTES - FREE_BYTES
_MENDABLE = b"HTTP/1."
_SWITCHED = "the service switched protocols"
_END_OF_HEAD = b"\r\n\r\n"


class ResponseParser:
    """Collects one response after another from the bytes of a connection.

    Call `expect` before each request. `complete` says whether the whole response is here, `keep_alive`
    whether the connection can carry another request. The `on_…` methods are llhttp's callbacks. A whole
    response whose head is among `known_heads` never gets to llhttp.
    """

    __slots__ = (
        "_bodiless",
        "_chunks",
        "_claim",
        "_fields",
        "_head",
        "_head_bytes",
        "_is_tolerant",
        "_known_heads",
        "_may_be_known",
        "_parser",
        "_room_bytes",
        "complete",
        "headers",
        "is_coded",
        "keep_alive",
        "sets_cookies",
        "status",
    )

    def __init__(self, known_heads: KnownHeads) -> None:
        self._known_heads = known_heads
        self.begin_connection()
        self.expect(False)
        self.complete = True

    def begin_connection(self) -> None:
        """Forget what an earlier connection left unparsed."""
        self._parser = httptools.HttpResponseParser(self)
        # A line may end with LF alone, and a chunk's size with blanks (RFC 9112 §2.2, §7.1.1).
        self._parser.set_dangerous_leniencies(
            lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )

    def expect(self, bodiless: bool) -> None:
        """Prepare for the next response; `bodiless` for that of a HEAD request."""
        self._bodiless = bodiless
        self.complete = self.keep_alive = self.sets_cookies = self.is_coded = False
        self._may_be_known = self._known_heads.is_useful and not bodiless
        self.status = 0
        self.headers: Sequence[Header] = ()
        self._fields: list[Header] = []
        self._chunks: list[bytes] = []
        self._head = b""
        self._head_bytes = 0
        self._is_tolerant = False
        self._room_bytes = MAX_BODY_BYTES
        self._claim: Claim | None = None

    def feed(self, data: bytes) -> None:
        """Take more bytes; raises BadResponse for what is not HTTP or too much of it."""
        if not self._may_be_known:
            self._parse(data)
            return
        self._may_be_known = False
        end = data.find(_END_OF_HEAD) + len(_END_OF_HEAD)
        head, body_bytes = data[:end], len(data) - end
        known = self._known_heads.find(head)
        if known is None or known.body_bytes != body_bytes:
            self._parse(data)
            self._remember(head, body_bytes)
            return
        self._known_heads.uses += 1
        self.status, self.headers, self.is_coded = known.status, known.headers, known.is_coded
        self._chunks.append(data[end:])
        self.complete = self.keep_alive = True

    def _remember(self, head: bytes, body_bytes: int) -> None:
        """Remember the head of a response that was whole, if such heads say all about theirs."""
        says_all = self.complete and self.keep_alive and not self.sets_cookies
        if says_all and _length_of(self.headers) == body_bytes:
            known = KnownHead(self.status, tuple(self.headers), body_bytes, self.is_coded)
            self._known_heads.remember(head, known)

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise BadResponse(_SWITCHED) from None
        except httptools.HttpParserError as error:
            # Bytes after a whole response spoil the connection, not the response.
            self.keep_alive = False
            if self.complete or self._tolerate(data, error):
                return
        if not self.complete:
            self._await_rest(data)

    def end(self) -> None:
        """Take the end of the connection; raises ConnectionFailed where that cuts the response short."""
        # Without a length the end of the connection is that of the response (RFC 9112 §6.3).
        names = {name.lower() for name, _ in self.headers}
        if not self.status or names & {b"content-length", b"transfer-encoding"}:
            raise self.cut_short()
        self.complete = True

    def cut_short(self) -> ConnectionFailed:
        """Return the error of a connection that ended before the response did."""
        return ConnectionFailed(
            "closed before the response was complete" if self.status else "closed without a response"
        )

    @property
    def body(self) -> bytes:
        """Everything received of the body."""
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    def _tolerate(self, data: bytes, error: httptools.HttpParserError) -> bool:
        """Read a head again that the parser refused; return False before all of it is here.

        Raises BadResponse for one that is refused again, or that no tolerance could help.
        """
        received = self._head + data
        if self.status or self._is_tolerant or _own(error) or not received.startswith(_MENDABLE):
            raise _refusal(error) from None
        whole = tolerant(received)
        if whole is None:
            return False
        self._is_tolerant = True
        self._fields = []
        self.begin_connection()
        self._parse(whole)
        return True

    def _await_rest(self, data: bytes) -> None:
        received_bytes = len(data)
        if self._bodiless and self.status:
            self._end_at_head()
            return
        self._room_bytes -= received_bytes
        if not self.status:
            self._head += data
            self._head_bytes += received_bytes
        if self._head_bytes > MAX_HEADER_BYTES or len(self._fields) > MAX_HEADERS:
            raise BadResponse("headers too large")
        if self._room_bytes < 0:
            raise BadResponse("body too large")
        if self._room_bytes < _COUNTED_FROM:
            self._claim = self._claim or Claim()
            self._claim.grow_to(MAX_BODY_BYTES - self._room_bytes)

    def _end_at_head(self) -> None:
        # llhttp would wait for the body that the head announces.
        closes = any(n.lower() == b"connection" and b"close" in v.lower() for n, v in self.headers)
        self.keep_alive = not closes and not self._chunks and self._parser.get_http_version() == "1.1"
        self._chunks = []
        self.complete = True
        self.begin_connection()

    def on_message_begin(self) -> None:
        """Refuse a response without a request."""
        if self.complete:
            raise BadResponse("an unrequested response")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, or a trailer."""
        if len(name) == 10 and name.lower() == b"set-cookie":
            self.sets_cookies = True
        elif len(name) == 16 and name.lower() == b"content-encoding":
            self.is_coded = True
        self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Take the head, unless it is that of an interim response (1xx)."""
        status = self._parser.get_status_code()
        if status < 100:
            raise BadResponse(f"not HTTP: status {status}")
        if status == 101:
            raise BadResponse(_SWITCHED)
        if status >= 200:
            self.status = status
            self.headers = self._fields
        self._fields = []

    def on_body(self, data: bytes) -> None:
        """Keep a piece of the body."""
        self._chunks.append(data)

    def on_message_complete(self) -> None:
        """Finish, unless this was an interim response."""
        if self.status:
            self.complete = True
            self.keep_alive = bool(self._parser.should_keep_alive())


def _length_of(headers: Sequence[Header]) -> int | None:
    """Return the length of the body, if the head gives it and nothing else says where the body ends."""
    fields = {name.lower(): value for name, value in headers}
    length = fields.get(b"content-length", b"")
    return int(length) if length.isdigit() and b"transfer-encoding" not in fields else None


def _refusal(error: httptools.HttpParserError) -> BadResponse:
    """Return the error a callback raised, or else the parser's."""
    return _own(error) or BadResponse(f"not HTTP: {error}")


def _own(error: httptools.HttpParserError) -> BadResponse | None:
    cause = error.__context__
    return cause if isinstance(cause, BadResponse) else None
