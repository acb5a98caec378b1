"""What a browser does around its requests: addresses, headers, cookies and redirects of one user."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.load.errors import RedirectRefused
from harness.load.http.client_context import ClientContext, Origin
from harness.load.http.cookies import Cookies
from harness.load.http.payload import Data, Files, payload
from harness.load.http.redirects import MAX_REDIRECTS, next_hop
from harness.load.http.request import Auth, Params, Request, basic_auth, request_target, target_of_url
from harness.load.http.response import Response
from harness.load.http.target import Target, TargetError
from harness.load.http.tls import TlsSettings
from harness.load.http.transport.exchange import Exchange
from harness.record.histograms.clocks import timings_of

Timeout = float | tuple[float, float] | None
"""Seconds for all of a request, or for connecting and for the answer apart; None for the plan's own."""

_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
# What belongs to one request and is written anew for the next one of a redirected chain.
_OWN = frozenset({"host", "cookie", "content-length"})


class UserAgent:
    """Prepares and sends the requests of one user, over exchanges of whatever protocol.

    ``headers`` are sent with every request; ``cookies`` is None until there are any.
    """

    def __init__(
        self,
        routes: ClientContext,
        default_headers: Mapping[str, str] | None = None,
        tls: TlsSettings | None = None,
    ) -> None:
        self._routes = routes
        self._defaults = default_headers or {}
        self._tls = tls
        self._requests = [routes.requests(target, self._defaults) for target in routes.targets]
        self._exchanges = [routes.connect(target, tls) for target in routes.targets]
        self._others: dict[Origin, Exchange] = {}
        self.headers: dict[str, str] = {}
        self.cookies: Cookies | None = None

    def plain(self, variant: int, method: str, url: str) -> tuple[Request, Exchange]:
        """Return a request with nothing but a method and a URL, and what carries it."""
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
        """Return a request and what carries it; raises ValueError for one that cannot be sent."""
        if _ABSOLUTE.match(url):
            target = self._routes.target_of(url, variant)
            path = request_target(target_of_url(url), params)
        else:
            target = self._routes.targets[variant]
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
        """Send a request, and with ``follows`` what it is redirected to; return the last response.

        Its times count from the send of the first request, and its response time from ``due_s``.
        """
        began_s = now_s = self._routes.clock()
        sent_s = 0.0
        history: tuple[Response, ...] = ()
        while True:
            if timeout is None:
                exchange.exchange(request, now_s, began_s + self._routes.timeout_s)
            else:
                exchange.exchange(request, now_s, *self._limits(timeout, began_s, now_s))
            answer, error = exchange.answer, exchange.error
            sent_s = sent_s or exchange.sent_s
            response = kind(
                request,
                answer.status,
                answer.headers,
                answer.body,
                error,
                timings_of(
                    (sent_s if due_s is None else due_s, sent_s, exchange.first_byte_s, exchange.ended_s)
                ),
                exchange.connected,
            )
            if answer.sets_cookies:
                self._keep_cookies(response)
            if history:
                response.history = history
            if not 300 <= answer.status < 400 or not follows or error is not None:
                return response
            onward = self._redirected(response, variant, len(history))
            if onward is None:
                return response
            history = (*history, response)
            request, exchange = onward
            now_s = self._routes.clock()

    def close(self) -> None:
        """Close this user's connections."""
        for exchange in (*self._exchanges, *self._others.values()):
            self._routes.release(exchange)

    def _limits(
        self, timeout: float | tuple[float, float], began_s: float, now_s: float
    ) -> tuple[float, float | None]:
        """Return the deadline of the next exchange, and the seconds for its answer if they are apart."""
        if isinstance(timeout, tuple):
            connect_s, read_s = (self._routes.timeout_s if part is None else part for part in timeout)
            return now_s + connect_s, read_s
        return began_s + timeout, None

    def _exchange(self, target: Target, variant: int) -> Exchange:
        if target is self._routes.targets[variant]:
            return self._exchanges[variant]
        if target.origin not in self._others:
            self._others[target.origin] = self._routes.connect(target, self._tls)
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
        maker = self._routes.requests(target, self._defaults)
        return maker.exact(method, path, headers, body, content_type)

    def _keep_cookies(self, response: Response) -> None:
        if self.cookies is None:
            self.cookies = Cookies()
        self.cookies.store(response.url, response.headers)

    def _redirected(self, response: Response, variant: int, hops: int) -> tuple[Request, Exchange] | None:
        """Return the next request, None when there is none; what stands in its way becomes the error."""
        sent = response.request
        try:
            hop = next_hop(response.status_code, response.headers.get("location"), sent.method, sent.url)
            if hop is None:
                return None
            if hops == MAX_REDIRECTS:
                raise RedirectRefused(f"more than {MAX_REDIRECTS} redirects")
            target = self._routes.target_of(hop.url, variant)
        except (RedirectRefused, TargetError) as refusal:
            response.error = RedirectRefused(f"redirect refused: {refusal}")
            return None
        headers = {name: value for name, value in sent.headers.items() if name not in _OWN}
        if not hop.keeps_body:
            headers.pop("content-type", None)
        if not sent.url.startswith(f"{target.base}/"):
            headers.pop("authorization", None)
        path = request_target(target_of_url(hop.url))
        body = sent.body if hop.keeps_body else b""
        return self._request(target, hop.method, path, headers, body, None), self._exchange(target, variant)
