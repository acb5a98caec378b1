"""The service as granian calls it: finds the route, waits the service time, answers, counts."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import NamedTuple

from granian.rsgi import HTTPProtocol, Scope  # type: ignore[attr-defined]  # they are meant to be

from harness.demo.answers import Answer, Answers, BodyRefused, read_body
from harness.demo.behaviour import Behaviour
from harness.demo.metrics import RequestMetrics

Handler = Callable[[str, bytes], Answer]


class Route(NamedTuple):
    """Where requests go: a name for the metrics, and a handler for each method, given path and body."""

    name: str
    handlers: Mapping[str, Handler]
    is_api: bool


class App:
    """One variant of the service, in granian's RSGI interface.

    A route whose name ends in `{id}` takes every path that goes on there; the others take their name alone.
    Only the API takes service time and shows faults; health, metrics and fault control answer at once.
    """

    def __init__(
        self,
        routes: tuple[Route, ...],
        *,
        answers: Answers,
        behaviour: Behaviour,
        until: Callable[[float], Awaitable[None]],
        flowing: asyncio.Event,
        metrics: RequestMetrics,
    ) -> None:
        self._exact = {route.name: route for route in routes if not route.name.endswith("{id}")}
        self._prefixes = [
            (route.name.removesuffix("{id}"), route) for route in routes if route.name.endswith("{id}")
        ]
        self._answers = answers
        self._behaviour = behaviour
        self._until = until
        self._flowing = flowing
        self._metrics = metrics
        self._failed = answers.error(500, "an injected error")
        self._unknown = answers.error(404, "no such path; GET / lists them")

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        """Answers one request."""
        started_s = monotonic()
        method = scope.method
        route = self._route(scope.path)
        if route is None:
            name, answer = "(unknown)", self._unknown
        elif handler := route.handlers.get(method):
            name, answer = route.name, await self._answer(route, handler, scope, proto)
        else:
            name, answer = route.name, self._not_allowed(route)
        proto.response_bytes(*answer)
        # Whatever a client calls a method must not become a new label each time.
        known = method if method in _METHODS else "(other)"
        self._metrics.count(known, name, answer.status, monotonic() - started_s)

    def _route(self, path: str) -> Route | None:
        if route := self._exact.get(path):
            return route
        return next((route for prefix, route in self._prefixes if path.startswith(prefix)), None)

    async def _answer(self, route: Route, handler: Handler, scope: Scope, proto: HTTPProtocol) -> Answer:
        body = b""
        if scope.method == "POST":
            try:
                body = await read_body(scope, proto)
            except BodyRefused as refused:
                return self._answers.error(refused.status, str(refused))
        if route.is_api:
            await self._serve()
            if self._behaviour.fails(monotonic()):
                return self._failed
        return handler(scope.path, body)

    async def _serve(self) -> None:
        now_s = monotonic()
        await self._until(now_s + self._behaviour.service_time_s(now_s))
        await self._flowing.wait()

    def _not_allowed(self, route: Route) -> Answer:
        allow = ", ".join(route.handlers)
        return self._answers.error(405, f"this path takes {allow}", ("allow", allow))


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
