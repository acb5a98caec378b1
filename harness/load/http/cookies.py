"""Cookies of one user, kept by the standard library's jar."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from email.message import Message
from http.cookiejar import CookieJar
from urllib.request import Request as UrlRequest

from harness.load.http.headers import Headers, is_plain

# A user's jar takes no more cookies than this.
_MAX_COOKIES = 300


def cookies_of(set_cookies: Iterable[str]) -> dict[str, str]:
    """Return the names and values of `Set-Cookie` headers."""
    cookies: dict[str, str] = {}
    for line in set_cookies:
        name, equals, value = line.partition(";")[0].partition("=")
        if equals and name.strip():
            cookies[name.strip()] = value.strip()
    return cookies


class Cookies:
    """The cookies of one user: what services set, and what is sent with the next request."""

    def __init__(self) -> None:
        self.jar = CookieJar()

    def store(self, url: str, headers: Headers) -> None:
        """Keep the cookies a response sets."""
        if len(self.jar) >= _MAX_COOKIES:
            return
        with warnings.catch_warnings():
            # The jar skips what it cannot parse, but warns of a bug of its own.
            warnings.simplefilter("ignore")
            self.jar.extract_cookies(_CookieResponse(headers), _request(url))  # type: ignore[arg-type] # all it uses

    def header(self, url: str) -> str | None:
        """Return the value of the `Cookie` header for a URL."""
        request = _request(url)
        self.jar.add_cookie_header(request)
        return request.get_header("Cookie")


def _request(url: str) -> UrlRequest:
    return UrlRequest(url)  # noqa: S310 - never opened, the jar reads its address


class _CookieResponse:
    """A response in the shape the standard library's jar reads."""

    def __init__(self, headers: Headers) -> None:
        self._message = Message()
        for value in headers.get_all("set-cookie"):
            # A value that could not be sent back is not kept.
            if is_plain(value):
                self._message["Set-Cookie"] = value

    def info(self) -> Message:
        """Return the headers."""
        return self._message
