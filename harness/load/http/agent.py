"""What a browser adds to requests: the addresses, headers, cookies and redirects of one user.

A user is bound to one variant, so its cookies, headers and connections are never those of the other one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from harness.load.errors import Interrupted, RedirectRefused
from harness.load.http.client_context import ClientContext, Origin
from harness.load.http.cookies import Cookies
from harness.load.http.payload import Data, Files, is_text, payload
from harness.load.http.redirects import redirect_of
from harness.load.http.request import Auth, Params, Request, basic_auth, request_target, target_of_url
from harness.load.http.response import Response
from harness.load.http.settings import ClientSettings, Timeout
from harness.load.http.target import Target, TargetError, origin_of
from harness.load.http.transport.exchange import Exchange
from harness.load.http.transport.exchange_pool import ExchangePool
from harness.record.histograms.clocks import Timings, timings_of

_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
# Headers of one request, written anew for each request of a chain of redirects.
_OWN = frozenset({"host", "cookie", "content-length"})
# The request headers that the Fetch standard lets every site set for another one, and who asks.
_HARMLESS = frozenset(
    {"accept", "accept-language", "content-language", "content-type", "range", "user-agent"}
)


class UserAgent:
    """Prepares and sends the requests of one user of a variant, over exchanges of whatever protocol.

    `headers` are sent with every request; `cookies` is None until there are any. Requests that are under
    way at the same time have a connection each.
    """

    def __init__(
        self,
        client_context: ClientContext,
        variant: int = 0,
        settings: ClientSettings | None = None,
    ) -> None:
        self._client_context = client_context
        self._variant = variant
        self._settings = settings or ClientSettings()
        self._defaults = self._settings.default_headers
        self._timeout = self._settings.timeout
        self._target = client_context.targets[variant]
        self._requests = client_context.requests(self._target, self._defaults)
        self._pools: dict[Origin, ExchangePool] = {}
        self._pool = self._pool_of(self._target)
        # Opened now, so that TLS settings that cannot be used are an error before any request.
        self._pool.idle.append(self._pool.open())
        self.headers: dict[str, str] = {}
        self.cookies: Cookies | None = None
        self.broken: Response | None = None

    def open_ahead(self) -> None:
        """Open the connection of the next request to the target, if it can be opened at once."""
        if self._pool.idle:
            self._client_context.open_ahead(self._pool.idle[-1])

    def plain(self, method: str, url: str) -> tuple[Request, ExchangePool]:
        """Return a request with only a method and a URL, and the connections that can carry it."""
        if self.cookies is None and not self.headers and url[:1] == "/":
            return self._requests.plain(method, url), self._pool
        return self.prepared(method, url)

    def prepared(
        self,
        method: str,
        url: str,
        params: Params = None,
        headers: Mapping[str, Any] | None = None,
        auth: Auth | None = None,
        data: Data = None,
        json: Any = None,
        files: Files = None,
    ) -> tuple[Request, ExchangePool]:
        """Return a request and the connections that can carry it; raises ValueError if it cannot be sent."""
        if _ABSOLUTE.match(url):
            target = self._client_context.target_of(url, self._variant)
            path = request_target(target_of_url(url), params)
        else:
            target = self._target
            path = self._requests.path(url, params)
        if self.headers or auth is not None:
            headers = {**self.headers, **(headers or {})}
            if auth is not None:
                headers["Authorization"] = basic_auth(*auth)
        body, content_type = payload(data, json, files)
        request = self._request(target, method, path, headers, body, content_type)
        request.is_text = not files and is_text(data)
        return request, self._pool_of(target)

    def perform(
        self,
        request: Request,
        pool: ExchangePool,
        due_s: float | None,
        timeout: Timeout,
        follows: bool,
        kind: type[Response],
    ) -> Response:
        """Send a request, and with `follows` what it is redirected to; return the last response.

        Its times count from the send of the first request, and its response time from `due_s`. Raises what
        interrupts the wait for the response; `broken` is then what there is of it.
        """
        if timeout is None:
            timeout = self._timeout
        began_s = now_s = self._client_context.clock()
        sent_s = 0.0
        history: tuple[Response, ...] = ()
        while True:
            exchange = pool.idle.pop() if pool.idle else pool.open()
            try:
                if timeout is None:
                    exchange.exchange(request, now_s, began_s + self._client_context.timeout_s)
                else:
                    exchange.exchange(request, now_s, *self._limits(timeout, began_s, now_s))
            except BaseException as interruption:
                self.broken = self._interrupted(request, exchange, due_s, sent_s, interruption)
                raise
            finally:
                pool.idle.append(exchange)
            raw, error = exchange.response, exchange.error
            if raw.is_coded and error is None:
                error = self._client_context.coded_bodies.problem_of(raw)
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
            response.is_coded = raw.is_coded
            if raw.sets_cookies:
                self._keep_cookies(response)
            if history:
                response.history = history
            if not 300 <= raw.status < 400 or not follows or error is not None:
                return response
            onward = self._redirected(response, len(history))
            if onward is None:
                return response
            history = (*history, response)
            request, pool = onward
            now_s = self._client_context.clock()

    def close(self) -> None:
        """Close this user's connections; its next requests open new ones."""
        for pool in self._pools.values():
            pool.close()

    def _interrupted(
        self,
        request: Request,
        exchange: Exchange,
        due_s: float | None,
        sent_s: float,
        interruption: BaseException,
    ) -> Response:
        """Return the response to a request whose task stopped waiting for it."""
        sent_s = sent_s or exchange.sent_s
        ended_s = self._client_context.clock()
        timings = Timings(sent_s if due_s is None else due_s, sent_s, exchange.first_byte_s, ended_s)
        reason = Interrupted(f"interrupted by {type(interruption).__name__}")
        return Response(request, 0, [], b"", reason, timings)

    def _limits(
        self, timeout: float | tuple[float | None, float | None], began_s: float, now_s: float
    ) -> tuple[float, float | None]:
        """Return the deadline of the next exchange, and the seconds for its response if they are separate."""
        if isinstance(timeout, tuple):
            connect_s, read_s = (self._client_context.timeout_s if part is None else part for part in timeout)
            return now_s + connect_s, read_s
        return began_s + timeout, None

    def _pool_of(self, target: Target) -> ExchangePool:
        if target.origin not in self._pools:
            connect = partial(self._client_context.connect, target, self._settings.tls)
            self._pools[target.origin] = ExchangePool(connect)
        return self._pools[target.origin]

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

    def _redirected(self, response: Response, redirects: int) -> tuple[Request, ExchangePool] | None:
        """Return the next request, or None; why it cannot be sent becomes the error of the response."""
        sent = response.request
        try:
            redirect = redirect_of(
                response.status_code, response.headers.get("location"), sent.method, sent.url
            )
            if redirect is None:
                return None
            if redirects >= self._settings.max_redirects:
                raise RedirectRefused(f"more than {self._settings.max_redirects} redirects")
            target = self._client_context.target_of(redirect.url, self._variant)
        except (RedirectRefused, TargetError) as refusal:
            response.error = RedirectRefused(f"redirect refused: {refusal}")
            return None
        headers = {name: value for name, value in sent.sent_headers.items() if name not in _OWN}
        if not redirect.keeps_body:
            headers.pop("content-type", None)
        path = request_target(target_of_url(redirect.url))
        body = sent.payload if redirect.keeps_body else b""
        if origin_of(sent.url) == target.origin:
            request = self._request(target, redirect.method, path, headers, body, None)
        else:
            request = self._to_another_origin(sent, target, redirect.method, path, headers, body)
        request.is_text = sent.is_text
        return request, self._pool_of(target)

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
