"""What a task gets back from a request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


class HttpError(Exception):
    """A request that did not succeed; its text is the kind of error reports count it under."""


class StatusError(HttpError):
    """The service answered with a status of 400 or more."""


class ConnectionFailed(HttpError):
    """No connection, or one that ended before the answer did."""


class TimedOut(HttpError):
    """The answer was not complete in time."""


class BadResponse(HttpError):
    """What came back is not HTTP, or more of it than is allowed."""


class MarkedFailed(HttpError):
    """The task itself called the response a failure."""


class Headers(Mapping[str, str]):
    """Response headers with case-insensitive names; repeated ones are joined by a comma."""

    def __init__(self, raw: list[tuple[bytes, bytes]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in raw:
            key, text = name.decode("latin-1").lower(), value.decode("latin-1")
            self._values[key] = f"{self._values[key]}, {text}" if key in self._values else text

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)


class Response:
    """An answer, or the error that came instead (``status_code`` 0).

    ``error`` is None for a successful request. Nothing is decoded before it is asked for.
    """

    __slots__ = ("_headers", "_raw_headers", "content", "error", "js", "method", "status_code", "url")

    def __init__(
        self,
        method: str,
        url: str,
        status_code: int,
        raw_headers: list[tuple[bytes, bytes]],
        content: bytes,
        error: Exception | None,
    ) -> None:
        self.method = method
        self.url = url
        self.status_code = status_code
        self.content = content
        self._raw_headers = raw_headers
        self._headers: Headers | None = None
        self.error = error if error or status_code < 400 else StatusError(f"HTTP {status_code}")

    @property
    def headers(self) -> Headers:
        """The response's headers."""
        if self._headers is None:
            self._headers = Headers(self._raw_headers)
        return self._headers

    @property
    def ok(self) -> bool:
        """Whether an answer below 400 arrived whole."""
        return self.error is None

    @property
    def text(self) -> str:
        """The body, decoded by the charset of its content type, or as UTF-8."""
        charset = self.headers.get("content-type", "").lower().partition("charset=")[2]
        try:
            return self.content.decode(charset.split(";")[0].strip(' "') or "utf-8", "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Parse the body as JSON; raises json.JSONDecodeError."""
        return json.loads(self.content)

    def raise_for_status(self) -> None:
        """Raise the request's error, if it had one."""
        if self.error is not None:
            raise self.error
