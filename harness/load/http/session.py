"""The HTTP client of a user's tasks, in the shape of Locust's FastHttpSession.

The arrival that the user is running says to which variant a request goes and when it was due. The session
measures, its agent prepares and follows redirects, and an exchange carries each request.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.cookiejar import CookieJar
from typing import Any

from gevent import GreenletExit, getcurrent, monkey

from harness.load.arrival import Arrival
from harness.load.attribution import owner_named, owner_of_chain
from harness.load.blame import NO_RULES, BlameRules
from harness.load.form import open_to_users
from harness.load.http.agent import UserAgent
from harness.load.http.client_context import ClientContext
from harness.load.http.cookies import Cookies
from harness.load.http.endpoint_name import with_ids_folded
from harness.load.http.payload import Data, Files
from harness.load.http.redirects import redirected_to
from harness.load.http.request import Auth, Params, Request
from harness.load.http.response import Response, ResponseContextManager
from harness.load.http.settings import ClientSettings, Timeout
from harness.load.http.transport.proxying import may_be_of_the_proxy
from harness.load.request_listeners import RequestListeners
from harness.record.histograms.account import NOBODY, OWNERS

__all__ = ["ClientContext", "Session"]

# Its patched name returns the greenlet.
_thread_id: Callable[[], int] = monkey.get_original("_thread", "get_ident")


@open_to_users
class Session:
    """Sends the requests of one user and records their results.

    `events` hears of every request; `context` returns the user's own context for them; `variant` is
    the one the user is bound to, None behind a router; `rules` say whose doing an exception is that
    leaves the with-block of a response. A user's greenlets may use it at the same time: each request
    belongs to the arrival that the user runs when it begins.
    """

    def __init__(
        self,
        client_context: ClientContext,
        events: RequestListeners,
        context: Callable[[], dict[str, Any]],
        variant: int | None = None,
        settings: ClientSettings | None = None,
        rules: BlameRules = NO_RULES,
    ) -> None:
        self._clock = client_context.clock
        self._variant_header = (client_context.variant_header or "").lower().encode()
        self._variants = len(client_context.targets)
        self._events = events
        self._context = context
        self._rules = rules
        self.request_name: str | None = None
        """The name of requests that have none of their own."""
        self.request_event: Any = None
        """Locust's event for requests, for what a task measures itself."""
        self._variant = variant or 0
        self._is_proxied = client_context.is_proxied
        self._thread = _thread_id()
        self._folds_ids = settings is not None and settings.fold_ids
        self.base_url = client_context.targets[self._variant].url
        self._own_base = client_context.targets[self._variant].base
        self._agent = UserAgent(client_context, self._variant, settings)
        self.headers = self._agent.headers
        self.arrival = self.next_arrival()

    def next_arrival(self) -> Arrival:
        """Set and return a new arrival; requests under way still belong to the one before."""
        self.arrival = Arrival(self._clock, self._variant)
        return self.arrival

    def open_ahead(self) -> None:
        """Open the connection of the next request, if it can be opened at once."""
        self._agent.open_ahead()

    @property
    def cookiejar(self) -> CookieJar:
        """The user's cookies; reading this enables cookies, as the first `Set-Cookie` does."""
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
        stream: bool = False,
    ) -> Any:
        """Send a request and return its response; `response.error` says what went wrong.

        `url` is a path, or an absolute URL of the target or of an allowed host. `name` groups requests
        under one endpoint. With `catch_response` the response is a context manager with `success()` and
        `failure(reason)`, and is recorded when the block is left. With `stream` the response is read whole as
        well: a response time ends with the last byte. Raises ValueError for a request that
        cannot be sent, RuntimeError in another thread than the user's.
        """
        if _thread_id() != self._thread:
            raise RuntimeError(
                "the client of a user is used in another thread; use gevent.spawn or a gevent pool"
            )
        agent = self._agent
        bodiless = data is None and json is None and files is None
        if bodiless and headers is None and params is None and auth is None:
            request, pool = agent.plain(method, url)
        else:
            request, pool = agent.prepared(method, url, params, headers, auth, data, json, files)
        name = name or self.request_name or (with_ids_folded(url) if self._folds_ids else url)
        arrival = self.arrival
        kind = ResponseContextManager if catch_response else Response
        due_s = arrival.depart()
        try:
            response = agent.perform(request, pool, due_s, timeout, allow_redirects, kind)
        except BaseException as interruption:
            # For example a gevent.Timeout of the task: the request had begun, so it counts.
            self._interrupted(arrival, request, name, context, interruption)
            raise
        if self._variant_header:
            variant = arrival.variant = self._owner(response)
        else:
            # Another host, also one that a redirect led to, may be anybody's.
            variant = arrival.variant if response.request.base == self._own_base else NOBODY
            if self._is_proxied and may_be_of_the_proxy(
                response.request, response.status_code, response.error
            ):
                variant = NOBODY
        if isinstance(response, ResponseContextManager):
            record = partial(self._record, arrival, variant, request, name, context)
            accept = partial(arrival.accepted, variant, request.method, name)
            response.await_block(record, accept, arrival.unsettled, self._rules)
        else:
            self._record(arrival, variant, request, name, context, response)
        return response

    @contextmanager
    def rename_request(self, name: str) -> Iterator[None]:
        """Group the requests of a with-block under one name."""
        self.request_name = name
        try:
            yield
        finally:
            self.request_name = None

    def iter_lines(self, url: str, method: str = "GET", **kwargs: Any) -> Iterator[str]:
        """Send a request and yield the lines of its response; raises the request's error."""
        response = self.request(method, url, **kwargs)
        response.raise_for_status()
        yield from response.iter_lines()

    def get(self, url: str, *, name: str | None = None, **kwargs: Any) -> Any:
        """Send a GET request."""
        # The most frequent call of all: passing an empty dictionary on takes longer than looking at it.
        return self.request("GET", url, name, **kwargs) if kwargs else self.request("GET", url, name)

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

    def _interrupted(
        self,
        arrival: Arrival,
        request: Request,
        name: str,
        context: Mapping[str, Any] | None,
        interruption: BaseException,
    ) -> None:
        """Record a request whose task stopped waiting, unless the user itself has been ended."""
        if isinstance(interruption, GreenletExit) and getcurrent() is arrival.runner:
            return
        response, self._agent.broken = self._agent.broken, None
        if response is None:
            return
        variant = arrival.variant if request.base == self._own_base else NOBODY
        if self._variant_header:
            variant = arrival.variant = NOBODY
        self._record(arrival, variant, request, name, context, response)

    def _record(
        self,
        arrival: Arrival,
        variant: int,
        request: Request,
        name: str,
        context: Mapping[str, Any] | None,
        response: Response,
    ) -> None:
        """Record a finished request, as the one that was first sent, and tell Locust's listeners."""
        method, error, timings = request.method, response.error, response.timings
        response_s = timings.ended_s - timings.due_s
        if error is None:
            if response.history or response.status_code >= 300:
                arrival.redirected(variant, method, name, redirected_to(response))
            # Asking `size_bytes` of each would cost a request a call more.
            size_bytes = response.size_bytes if response.is_coded else len(response.raw)
            arrival.returned(variant, f"{method} {name}", None, timings, size_bytes)
            if not self._events.has_listeners:
                self._events.count(method, name, response_s * 1000, len(response.raw))
                return
        else:
            is_declared = response.is_declared
            arrival.returned(variant, f"{method} {name}", error, timings, is_declared=is_declared)
        self._events.fire(
            request_type=method,
            name=name,
            response_time=response_s * 1000,
            response_length=len(response.raw),
            response=response,
            context={"variant": OWNERS[variant], **self._context(), **(context or {})},
            exception=error,
            start_time=time.time() - response_s,
            url=request.url,
        )

    def _owner(self, response: Response) -> int:
        """Return the variant that responded, and to the redirects before it, from the router's header."""
        owner = self._owner_named(response)
        return owner_of_chain(owner, map(self._owner_named, response.history)) if response.history else owner

    def _owner_named(self, response: Response) -> int:
        named = [value for name, value in response.raw_headers if name.lower() == self._variant_header]
        return owner_named(named, self._variants)
