"""The HTTP client of a user's tasks, in the shape of Locust's FastHttpSession.

The variant a request goes to and the moment it was due come with the arrival the user is running. A
session measures; sending is its agent's business, and which protocol carries a request its exchange's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.cookiejar import CookieJar
from typing import Any

from gevent import GreenletExit

from harness.load.arrival import Arrival
from harness.load.errors import Interrupted
from harness.load.http.agent import Timeout, UserAgent
from harness.load.http.client_context import ClientContext
from harness.load.http.cookies import Cookies
from harness.load.http.payload import Data, Files
from harness.load.http.request import Auth, Params, Request
from harness.load.http.response import Caught, Response
from harness.load.http.tls import TlsSettings
from harness.load.http.transport.exchange import Exchange
from harness.load.listeners import Listeners
from harness.record.histograms.clocks import Timings
from harness.record.histograms.window import VARIANTS

__all__ = ["ClientContext", "Session"]


class Session:
    """Sends the requests of one user and records what came of them.

    ``events`` is told of every request; ``context`` the user's own context for them;
    ``judged`` are exceptions by which a task calls a caught response failed.
    """

    def __init__(
        self,
        routes: ClientContext,
        events: Listeners,
        context: Callable[[], dict[str, Any]],
        default_headers: Mapping[str, str] | None = None,
        tls: TlsSettings | None = None,
        judged: tuple[type[Exception], ...] = (),
    ) -> None:
        self._clock = routes.clock
        self._variant_header = (routes.variant_header or "").lower().encode()
        self._events = events
        self._context = context
        self._judged = judged
        self._group_name: str | None = None
        self._agent = UserAgent(routes, default_headers, tls)
        self.headers = self._agent.headers
        self.arrival = Arrival(routes.clock)
        self.arrive = self.arrival.begin
        self.end_arrival = self.arrival.end
        self.task_raised = self.arrival.task_raised

    @property
    def cookiejar(self) -> CookieJar:
        """The user's cookies; asking for the jar turns cookies on, as the first `Set-Cookie` does."""
        if self._agent.cookies is None:
            self._agent.cookies = Cookies()
        return self._agent.cookies.jar

    def request(  # noqa: PLR0913, PLR0917 - the shape of Locust's own sessions
        self,
        method: str,
        url: str,
        name: str | None = None,
        data: Data = None,
        catch_response: bool = False,
        headers: Mapping[str, Any] | None = None,
        auth: Auth | None = None,
        json: Any = None,
        allow_redirects: bool = True,
        context: Mapping[str, Any] | None = None,
        params: Params = None,
        files: Files = None,
        timeout: Timeout = None,
    ) -> Any:
        """Send a request and return its response; what went wrong is in ``response.error``.

        ``url`` is a path, or an absolute URL of the target or of an allowed host. ``name`` groups requests
        under one endpoint. With ``catch_response`` the response is a context manager with ``success()`` and
        ``failure(reason)``, and is recorded when the block is left. Raises ValueError for a request that
        cannot be sent.
        """
        agent, variant = self._agent, self.arrival.variant
        bodiless = data is None and json is None and files is None
        if bodiless and headers is None and params is None and auth is None:
            request, exchange = agent.plain(variant, method, url)
        else:
            request, exchange = agent.prepared(variant, method, url, params, headers, auth, data, json, files)
        name = name or self._group_name or url
        if catch_response:
            return self._caught(request, exchange, name, context, timeout, allow_redirects)
        response = self._perform(request, exchange, name, context, timeout, allow_redirects)
        self._record(name, self.arrival.variant, context, response)
        return response

    @contextmanager
    def rename_request(self, name: str) -> Iterator[None]:
        """Group the requests of a with-block under one name."""
        self._group_name = name
        try:
            yield
        finally:
            self._group_name = None

    def get(self, url: str, **kwargs: Any) -> Any:
        """Send a GET request."""
        return self.request("GET", url, **kwargs)

    def head(self, url: str, **kwargs: Any) -> Any:
        """Send a HEAD request."""
        return self.request("HEAD", url, **kwargs)

    def options(self, url: str, **kwargs: Any) -> Any:
        """Send an OPTIONS request."""
        return self.request("OPTIONS", url, **kwargs)

    def delete(self, url: str, **kwargs: Any) -> Any:
        """Send a DELETE request."""
        return self.request("DELETE", url, **kwargs)

    def post(self, url: str, data: Data = None, json: Any = None, **kwargs: Any) -> Any:
        """Send a POST request."""
        return self.request("POST", url, data=data, json=json, **kwargs)

    def put(self, url: str, data: Data = None, **kwargs: Any) -> Any:
        """Send a PUT request."""
        return self.request("PUT", url, data=data, **kwargs)

    def patch(self, url: str, data: Data = None, **kwargs: Any) -> Any:
        """Send a PATCH request."""
        return self.request("PATCH", url, data=data, **kwargs)

    def close(self) -> None:
        """Close this user's connections."""
        self._agent.close()

    def _perform(
        self,
        request: Request,
        exchange: Exchange,
        name: str,
        context: Mapping[str, Any] | None,
        timeout: Timeout,
        follows: bool,
        kind: type[Response] = Response,
    ) -> Any:
        arrival = self.arrival
        try:
            response = self._agent.perform(
                request, exchange, arrival.variant, arrival.due_s, timeout, follows, kind
            )
        except GreenletExit:
            raise
        except BaseException as interruption:
            # A task's own gevent.Timeout, for one: the request was begun, so it counts.
            reason = Interrupted(f"interrupted by {type(interruption).__name__}")
            sent_s = exchange.sent_s
            due_s = sent_s if arrival.due_s is None else arrival.due_s
            timings = Timings(due_s, sent_s, exchange.first_byte_s, self._clock())
            arrival.began(timings)
            broken = Response(request, 0, [], b"", reason, timings)
            self._record(name, arrival.variant, context, broken)
            raise
        arrival.began(response.timings)
        if self._variant_header:
            arrival.variant = self._observed(exchange, arrival.variant)
        return response

    def _caught(
        self,
        request: Request,
        exchange: Exchange,
        name: str,
        context: Mapping[str, Any] | None,
        timeout: Timeout,
        follows: bool,
    ) -> Caught:
        caught: Caught = self._perform(request, exchange, name, context, timeout, follows, Caught)
        caught.on_leaving(partial(self._record, name, self.arrival.variant, context), self._judged)
        return caught

    def _record(self, name: str, variant: int, context: Mapping[str, Any] | None, response: Response) -> None:
        """Record a finished request and tell Locust's listeners."""
        method, error, timings = response.request.method, response.error, response.timings
        response_s = timings.ended_s - timings.due_s
        self.arrival.record(variant, f"{method} {name}", error, timings)
        if error is None and not self._events.is_heard:
            self._events.count(method, name, response_s * 1000, len(response.raw))
            return
        self._events.fire(
            request_type=method,
            name=name,
            response_time=response_s * 1000,
            response_length=len(response.raw),
            response=response,
            context={"variant": VARIANTS[variant], **self._context(), **(context or {})},
            exception=error,
            start_time=time.time() - response_s,
            url=response.url,
        )

    def _observed(self, exchange: Exchange, planned: int) -> int:
        """Return the variant that answered, as the router's header tells."""
        for name, value in exchange.answer.headers:
            if name.lower() == self._variant_header:
                return int(value.strip().lower() == b"canary")
        return planned
