"""The parsed side of an HTTP/1.1 answer: llhttp calls in, a status, headers and a body come out."""

from __future__ import annotations

import httptools

from harness.load.response import BadResponse

MOST_HEADER_BYTES = 65_536
MOST_BODY_BYTES = 64 * 1024 * 1024


class Answer:
    """Collects one answer after another from the bytes of a connection.

    ``expect`` before each request; ``complete`` says that the answer is whole and ``keep_alive`` whether
    the connection can carry another request. The ``on_…`` methods are llhttp's callbacks.
    """

    __slots__ = ("_bodiless", "_body_room", "_chunks", "_head_room", "_parser", "complete", "headers", "keep_alive", "status")

    def __init__(self) -> None:
        self.begin_connection()
        self.expect(False)
        self.complete = True

    def begin_connection(self) -> None:
        """Forget what an earlier connection left unparsed."""
        self._parser = httptools.HttpResponseParser(self)

    def expect(self, bodiless: bool) -> None:
        """Prepare for the next answer; ``bodiless`` when it answers a HEAD request."""
        self._bodiless = bodiless
        self.complete = False
        self.keep_alive = False
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self._chunks: list[bytes] = []
        self._head_room = MOST_HEADER_BYTES
        self._body_room = MOST_BODY_BYTES

    def feed(self, data: bytes) -> None:
        """Parse more bytes; raises BadResponse for what is not HTTP or too much of it."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise BadResponse("the service switched protocols") from None
        except httptools.HttpParserCallbackError as error:
            raise error.__context__ or error from None
        except httptools.HttpParserError as error:
            # Bytes after a whole answer spoil the connection, not the answer.
            self.keep_alive = False
            if not self.complete:
                raise BadResponse(f"not HTTP: {error}") from None
        if self._bodiless and self.status >= 200 and not self.complete:
            # llhttp would wait for the body that its length announces.
            self.begin_connection()
            self.complete = self.keep_alive = True

    def ends_with_connection(self) -> bool:
        """Whether the end of the connection is the regular end of the answer (RFC 9112 §6.3)."""
        names = {name.lower() for name, _ in self.headers}
        return bool(self.status) and not names & {b"content-length", b"transfer-encoding"}

    @property
    def body(self) -> bytes:
        """Everything received of the body."""
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    def on_message_begin(self) -> None:
        """Notice an answer to a request that was never sent."""
        if self.complete:
            self.keep_alive = False
            raise BadResponse("an answer nobody asked for")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, or a trailer."""
        self.headers.append((name, value))
        self._head_room -= len(name) + len(value)
        if self._head_room < 0:
            raise BadResponse("headers too large")

    def on_headers_complete(self) -> None:
        """Take the status."""
        self.status = self._parser.get_status_code()

    def on_body(self, data: bytes) -> None:
        """Keep a piece of the body."""
        self._body_room -= len(data)
        if self._body_room < 0:
            raise BadResponse("body too large")
        self._chunks.append(data)

    def on_message_complete(self) -> None:
        """Finish, unless this was an interim answer (1xx)."""
        if self.status < 200:
            self.status, self.headers = 0, []
        else:
            self.complete = True
            self.keep_alive = bool(self._parser.should_keep_alive())
