"""Builds a request from the arguments of a client call, for any protocol."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from harness.load.http.headers import Headers, is_plain
from harness.load.http.target import Target

# Characters that may stand in a request target as they are (RFC 3986), percent signs of escapes included.
_SAFE = "/?:@!$&'()*+,;=-._~%"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
# The length is that of the body, and a hop-by-hop header could make the service read another one.
_COMPUTED = frozenset({"content-length"})
_REFUSED = frozenset({"transfer-encoding", "upgrade"})
_MAX_KNOWN = 4096
_MAX_KNOWN_FIELDS = 512

Auth = tuple[str | bytes, str | bytes]
Params = Mapping[str, Any] | Iterable[tuple[str, Any]] | str | None


class Fields:
    """Headers that many requests share: by their lower-case names, and as lines."""

    __slots__ = ("headers", "lines")

    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers
        self.lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())


class Request:
    """A request as it is sent: method, request target, headers and body; `base` is whom it is sent to.

    The protocol sets `encoded` to the bytes of the request.
    """

    __slots__ = ("base", "content_type", "encoded", "fields", "is_text", "method", "payload", "target")

    def __init__(
        self, method: str, base: str, target: str, fields: Fields, payload: bytes, content_type: str | None
    ) -> None:
        self.method = method
        self.base = base
        self.target = target
        self.fields = fields
        self.payload = payload
        self.is_text = True
        self.content_type = content_type
        self.encoded = b""

    @property
    def url(self) -> str:
        """The absolute URL."""
        return self.base + self.target

    @property
    def sends_length(self) -> bool:
        """Whether a content-length is sent, even when it is 0."""
        return bool(self.payload) or self.method in _WITH_BODY

    @property
    def body(self) -> str | bytes | None:
        """The body as the task gave it: text, bytes, or None without one."""
        if not self.payload:
            return None
        return self.payload.decode() if self.is_text else self.payload

    @property
    def headers(self) -> Headers:
        """All headers; names are case-insensitive."""
        return Headers.of(self.sent_headers)

    @property
    def sent_headers(self) -> dict[str, str]:
        """All headers, with lower-case names."""
        headers = dict(self.fields.headers)
        if self.content_type is not None:
            headers["content-type"] = self.content_type
        if self.sends_length:
            headers["content-length"] = str(len(self.payload))
        return headers


class RequestFactory:
    """Makes the requests to one target with the same default headers."""

    def __init__(self, target: Target, default_headers: Mapping[str, str]) -> None:
        self._prefix = target.prefix
        self._base = target.base
        defaults = {
            "host": target.host_header,
            "accept": "*/*",
            "accept-encoding": "gzip, deflate, br",
            "user-agent": "canary-harness",
        }
        self._fields = Fields({**defaults, **_checked(default_headers)})
        self._known_fields: dict[tuple[tuple[str, Any], ...], Fields] = {}
        self._known: dict[tuple[str, str], Request] = {}

    def plain(self, method: str, path: str) -> Request:
        """Return the request with only a method and a path; the same object each time."""
        request = self._known.get((method, path))
        if request is None:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            request = self._known[method, path] = self.exact(method, self.path(path))
        return request

    def path(self, url: str, params: Params = None) -> str:
        """Return the request target of a URL under the target's path prefix."""
        return request_target(f"{self._prefix}{url}" if url[:1] == "/" else f"{self._prefix}/{url}", params)

    def exact(
        self,
        method: str,
        target: str,
        headers: Mapping[str, Any] | None = None,
        body: bytes = b"",
        content_type: str | None = None,
    ) -> Request:
        """Return a request to a request target; raises ValueError for one that HTTP cannot carry."""
        if method not in _METHODS:
            method = _checked_method(method)
        fields = self._fields if not headers else self._merged(headers)
        if "content-type" in fields.headers:
            content_type = None
        return Request(method, self._base, target, fields, body, content_type)

    def _merged(self, headers: Mapping[str, Any]) -> Fields:
        if set(map(type, headers.values())) != {str}:
            # As in requests: a header set to None is not sent.
            unset = {name.lower() for name, value in headers.items() if value is None}
            merged = self._fields.headers | _checked(headers)
            return Fields({name: value for name, value in merged.items() if name not in unset})
        key = tuple(headers.items())
        fields = self._known_fields.get(key)
        if fields is None:
            if len(self._known_fields) >= _MAX_KNOWN_FIELDS:
                self._known_fields.clear()
            fields = self._known_fields[key] = Fields(self._fields.headers | _checked(headers))
        return fields


def basic_auth(user: str | bytes, password: str | bytes) -> str:
    """Return the value of an Authorization header (RFC 7617)."""
    pair = b":".join(part.encode() if isinstance(part, str) else part for part in (user, password))
    return "Basic " + base64.b64encode(pair).decode()


def request_target(path: str, params: Params = None) -> str:
    """Return path and query as they are sent; characters that could break the request line are escaped."""
    path = path.partition("#")[0]
    if params:
        path += f"{'&' if '?' in path else '?'}{_query(params)}"
    if path.isascii() and path.isprintable() and " " not in path:
        return path
    return quote(path, _SAFE)


def target_of_url(url: str) -> str:
    """Return the request target of an absolute URL."""
    parts = urlsplit(url)
    return f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"


def _checked_method(method: str) -> str:
    if not _TOKEN.fullmatch(method) or method.upper() == "CONNECT":
        raise ValueError(f"{method!r} is not a valid HTTP method")
    return method.upper()


def _query(params: Mapping[str, Any] | Iterable[tuple[str, Any]] | str) -> str:
    if isinstance(params, str):
        return params
    pairs = params.items() if isinstance(params, Mapping) else params
    return urlencode([(name, value) for name, value in pairs if value is not None], doseq=True)


def _checked(headers: Mapping[str, Any]) -> dict[str, str]:
    """Return headers with lower-case names and text values; raises ValueError for what HTTP cannot carry."""
    checked: dict[str, str] = {}
    for given, value in headers.items():
        name = given.lower()
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        if not _TOKEN.fullmatch(name) or not is_plain(text):
            raise ValueError(f"header {given!r} contains a line break or another invalid character")
        if name in _REFUSED:
            raise ValueError(f"header {given!r} cannot be set: the session frames requests itself")
        if name not in _COMPUTED:
            checked[name] = text
    return checked
