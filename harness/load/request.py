"""From the arguments of a client call to the bytes of an HTTP/1.1 request."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from harness.load.target import Target

# Characters that may stand in a request target as they are (RFC 3986), percent signs of escapes included.
_SAFE = "/?:@!$&'()*+,;=-._~%"
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_DEFAULTS = {"accept": "*/*", "user-agent": "canary-harness"}

Body = str | bytes | Mapping[str, Any] | None


class Encoder:
    """Writes requests to one target with the same default headers."""

    def __init__(self, target: Target, default_headers: Mapping[str, str]) -> None:
        self._prefix = target.prefix
        self._defaults = {"host": target.host_header, **_DEFAULTS}
        self._defaults.update((name.lower(), value) for name, value in default_headers.items())
        self._fixed = _lines(self._defaults)

    def encode(
        self,
        method: str,
        path: str,
        data: Body = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Return the whole request; raises ValueError for a header with a line break in it."""
        body, content_type = _body(data, json) if data is not None or json is not None else (b"", None)
        fixed = self._fixed if headers is None else _lines(self._merged(headers))
        if content_type and (headers is None or "content-type" not in map(str.lower, headers)):
            fixed += f"content-type: {content_type}\r\n"
        if body or method in _WITH_BODY:
            fixed += f"content-length: {len(body)}\r\n"
        target = _request_target(self._prefix, path, params)
        return f"{method} {target} HTTP/1.1\r\n{fixed}\r\n".encode("latin-1") + body

    def _merged(self, headers: Mapping[str, str]) -> dict[str, str]:
        return {**self._defaults, **{name.lower(): str(value) for name, value in headers.items()}}


def basic_auth(user: str, password: str) -> str:
    """Return the value of an Authorization header (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _request_target(prefix: str, path: str, params: Mapping[str, Any] | None) -> str:
    """Return path and query as they are sent; anything that could break the request line is escaped."""
    target = f"{prefix}{path}" if path.startswith("/") else f"{prefix}/{path}"
    if params:
        target += f"{'&' if '?' in target else '?'}{urlencode(params, doseq=True)}"
    if "#" in target:
        target = target.partition("#")[0]
    if target.isascii() and target.isprintable() and " " not in target:
        return target
    return quote(target, _SAFE)


def _body(data: Body, json: Any) -> tuple[bytes, str | None]:
    """Return the body's bytes and the content type its kind implies."""
    if data is None:
        return orjson.dumps(json), "application/json"
    if isinstance(data, Mapping):
        return urlencode(data, doseq=True).encode(), "application/x-www-form-urlencoded"
    return (data.encode() if isinstance(data, str) else bytes(data)), None


def _lines(headers: Mapping[str, str]) -> str:
    for name, value in headers.items():
        if not _plain(name) or not _plain(value):
            raise ValueError(f"header {name!r} holds a line break or a control character")
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


def _plain(text: str) -> bool:
    return text.isprintable() or not any((ord(c) < 32 and c != "\t") or ord(c) == 127 for c in text)
