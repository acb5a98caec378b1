"""What a session needs of a protocol: one request goes out, its response or an error comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from harness.load.errors import HttpError
from harness.load.http.request import Request

Header = tuple[bytes, bytes]


class ConnectTimings(NamedTuple):
    """How long opening the connection of a request took, and whether TLS resumed a session."""

    connect_s: float
    handshake_s: float
    resumed: bool


class RawResponse(Protocol):
    """As much of a response as was received; status 0 without one."""

    @property
    def status(self) -> int:
        """The status code."""

    @property
    def headers(self) -> Sequence[Header]:
        """Header names and values as received."""

    @property
    def body(self) -> bytes:
        """The body as received."""

    @property
    def sets_cookies(self) -> bool:
        """Whether there is a `Set-Cookie` header."""

    @property
    def is_coded(self) -> bool:
        """Whether there is a `Content-Encoding` header."""


class Exchange(Protocol):
    """Carries one request at a time to one target; never sends one twice.

    After `exchange` and until the next one, `response` holds the response, `error` what went wrong (or
    None), `sent_s`, `first_byte_s` and `ended_s` the moments of the request, and `connected` what
    opening the connection took, None for a kept one.
    """

    @property
    def response(self) -> RawResponse:
        """The response to the latest request."""

    @property
    def error(self) -> HttpError | None:
        """Why there is no complete response."""

    @property
    def sent_s(self) -> float:
        """When the request left, or when its connection began to be opened, in the clock's time."""

    @property
    def first_byte_s(self) -> float:
        """When the first bytes of the response were read, in the clock's time; `UNKNOWN_S` without any."""

    @property
    def ended_s(self) -> float:
        """When the last byte was read, in the clock's time."""

    @property
    def connected(self) -> ConnectTimings | None:
        """How the connection was opened, if it was opened for this request."""

    def exchange(
        self, request: Request, now_s: float, deadline_s: float, read_s: float | None = None
    ) -> None:
        """Send a request and wait for its response until `deadline_s`; `now_s` is the moment of the call.

        With `read_s` the deadline is that of connecting, and the response has `read_s` from then on.
        Raises only what kills or interrupts the greenlet, after closing the connection.
        """

    def open_ahead(self, now_s: float, deadline_s: float) -> bool:
        """Open the connection before its first request; return whether there is one now.

        Raises only what kills or interrupts the greenlet.
        """

    def expire(self, now_s: float) -> None:
        """End an exchange whose deadline has passed."""

    def leave_old_address(self) -> None:
        """Close an idle connection to an address that the host no longer resolves to."""

    def close(self) -> None:
        """Close the connection; the next exchange opens a new one."""
