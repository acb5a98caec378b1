"""What a browser adds to requests: the addresses, headers, cookies and redirects of one user."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.load.errors import RedirectRefused
from harness.load.http.client_context import ClientContext, Origin
from harness.load.http.cookies import Cookies
from harness.load.http.payload import Data, Files, payload
from harness.load.http.redirects import MAX_REDIRECTS, redirect_of
from harness.load.http.request import Auth, Params, Request, basic_auth, request_target, target_of_url
from harness.load.http.response import Response
from harness.load.http.target import Target, TargetError, origin_of
from harness.load.http.tls import TlsSettings
from harness.load.http.transport.exchange import Exchange
from harness.record.histograms.clocks import timings_of

Timeout = float | tuple[float, float] | None
"""Seconds for the whole request, or for connecting and for the response; None for the plan's timeout."""

_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
# Headers of one request, written anew for each request of a chain of redirects.
_OWN = frozenset({"host", "cookie", "content-length"})
# The request headers that the Fetch standard lets every site set for another one, and who asks.
_HARMLESS = frozenset(
    {"accept", "accept-language", "content-language", "content-type", "range", "user-agent"}
)


class UserAgent:
    """Prepares and sends the requests of one user, over exchanges of whatever protocol.

    `headers` are sent with every request; `cookies` is None until there are any.
    """

    def __init__(
        self,
        client_context: ClientContext,
        default_headers: Mapping[str, str] | None = None,
        tls: TlsSettings | None = None,
    ) -> None:
        self._client_context = client_context
        self._defaults = default_headers or {}
        self._tls = tls
        self._requests = [
            client_context.requests(target, self._defaults) for target in client_context.targets
        ]
        self._exchanges = [client_context.connect(target, tls) for target in client_context.targets]
        self._others: dict[Origin, Exchange] = {}
        self.headers: dict[str, str] = {}
        self.cookies: Cookies | None = None

    def plain(self, variant: int, method: str, url: str) -> tuple[Request, Exchange]:
        """Return a request with only a method and a URL, and the exchange that carries it."""
        if self.cookies is None and not self.headers and url[:1] == "/":
            return self._requests[variant].plain(method, url), self._exchanges[variant]
        return self.prepared(variant, method, url)

    def prepared(  # noqa: PLR0913, PLR0917 - what a request can be made of
        self,
        variant: int,
        method: str,
        url: str,
        params: Params = None,
        headers: Mapping[str, Any] | None = None,
        auth: Auth | None = None,
        data: Data = None,
        json: Any = None,
        files: Files = None,
    ) -> tuple[Request, Exchange]:
        """Return a request and the exchange that carries it; raises ValueError if it cannot be sent."""
        if _ABSOLUTE.match(url):
            target = self._client_context.target_of(url, variant)
            path = request_target(target_of_url(url), params)
        else:
            target = self._client_context.targets[variant]
            path = self._requests[variant].path(url, params)
        if self.headers or auth is not None:
            headers = {**self.headers, **(headers or {})}
            if auth is not None:
                headers["Authorization"] = basic_auth(*auth)
        body, content_type = payload(data, json, files)
        return self._request(target, method, path, headers, body, content_type), self._exchange(
            target, variant
        )

    def perform(
        self,
        request: Request,
        exchange: Exchange,
        variant: int,
        due_s: float | None = None,
        timeout: Timeout = None,
        follows: bool = True,
        kind: type[Response] = Response,
    ) -> Response:
        """Send a request, and with `follows` what it is redirected to; return the last response.

        Its times count from the send of the first request, and its response time from `due_s`.
        """
        began_s = now_s = self._client_context.clock()
        sent_s = 0.0
        history: tuple[Response, ...] = ()
        while True:
            if timeout is None:
                exchange.exchange(request, now_s, began_s + self._client_context.timeout_s)
            else:
                exchange.exchange(request, now_s, *self._limits(timeout, began_s, now_s))
            raw, error = exchange.response, exchange.error
            sent_s = sent_s or exchange.sent_s
            response = kind(
                request,
                raw.status,
                raw.headers,
                raw.body,
                error,
                timings_of(
                    (sent_s if due_s is None else due_s, sent_s, exchange.first_byte_s, exchange.ended_s)
                ),
                exchange.connected,
            )
            if raw.sets_cookies:
                self._keep_cookies(response)
            if history:
                response.history = history
            if not 300 <= raw.status < 400 or not follows or error is not None:
                return response
            onward = self._redirected(response, variant, len(history))
            if onward is None:
                return response
            history = (*history, response)
            request, exchange = onward
            now_s = self._client_context.clock()

    def close(self) -> None:
        """Close this user's connections."""
        for exchange in (*self._exchanges, *self._others.values()):
            self._client_context.release(exchange)

    def _limits(
        self, timeout: float | tuple[float, float], began_s: float, now_s: float
    ) -> tuple[float, float | None]:
        """Return the deadline of the next exchange, and the seconds for its response if they are separate."""
        if isinstance(timeout, tuple):
            connect_s, read_s = (self._client_context.timeout_s if part is None else part for part in timeout)
            return now_s + connect_s, read_s
        return began_s + timeout, None

    def _exchange(self, target: Target, variant: int) -> Exchange:
        if target is self._client_context.targets[variant]:
            return self._exchanges[variant]
        if target.origin not in self._others:
            self._others[target.origin] = self._client_context.connect(target, self._tls)
        return self._others[target.origin]

    def _request(
        self,
        target: Target,
        method: str,
        path: str,
        headers: Mapping[str, Any] | None,
        body: bytes,
        content_type: str | None,
    ) -> Request:
        cookie = self.cookies.header(target.base + path) if self.cookies is not None else None
        if cookie is not None and "cookie" not in map(str.lower, headers or ()):
            headers = {**(headers or {}), "cookie": cookie}
        maker = self._client_context.requests(target, self._defaults)
        return maker.exact(method, path, headers, body, content_type)

    def _keep_cookies(self, response: Response) -> None:
        if self.cookies is None:
            self.cookies = Cookies()
        self.cookies.store(response.url, response.headers)

    def _redirected(
        self, response: Response, variant: int, redirects: int
    ) -> tuple[Request, Exchange] | None:
        """Return the next request, or None; why it cannot be sent becomes the error of the response."""
        sent = response.request
        try:
            redirect = redirect_of(
                response.status_code, response.headers.get("location"), sent.method, sent.url
            )
            if redirect is None:
                return None
            if redirects == MAX_REDIRECTS:
                raise RedirectRefused(f"more than {MAX_REDIRECTS} redirects")
            target = self._client_context.target_of(redirect.url, variant)
        except (RedirectRefused, TargetError) as refusal:
            response.error = RedirectRefused(f"redirect refused: {refusal}")
            return None
        headers = {name: value for name, value in sent.headers.items() if name not in _OWN}
        if not redirect.keeps_body:
            headers.pop("content-type", None)
        path = request_target(target_of_url(redirect.url))
        body = sent.body if redirect.keeps_body else b""
        if origin_of(sent.url) == target.origin:
            request = self._request(target, redirect.method, path, headers, body, None)
        else:
            request = self._to_another_origin(sent, target, redirect.method, path, headers, body)
        return request, self._exchange(target, variant)

    def _to_another_origin(
        self, sent: Request, target: Target, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Request:
        """Return a request that tells another origin nothing this one was trusted with.

        Any header may hold a key, so only those go along that say what the request asks for. Cookies know no
        port and no scheme, so those of the same host stay behind as well.
        """
        told = {name: value for name, value in headers.items() if name in _HARMLESS}
        has_other_host = origin_of(sent.url)[1] != target.origin[1]
        cookie = self.cookies.header(target.base + path) if self.cookies and has_other_host else None
        if cookie is not None:
            told["cookie"] = cookie
        return self._client_context.requests(target, {}).exact(method, path, told, body, None)
