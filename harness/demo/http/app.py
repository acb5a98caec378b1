"""The service itself: finds the route of a request, waits for its service time, responds, counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from time import monotonic
from typing import NamedTuple, Protocol

from harness.demo.behaviour.behaviour import Behaviour
from harness.demo.behaviour.valve import Valve
from harness.demo.http.responses import ResponseFactory, ServedResponse
from harness.demo.metrics import RequestMetrics, ResponseSeries

Handler = Callable[[str, bytes], ServedResponse]
Respond = Callable[[ServedResponse], object]
_MAX_FOUND = 1024


class Moments(Protocol):
    """When the request that is handled came, and calls at moments of the same clock."""

    @property
    def came_s(self) -> float:
        """When it came, in the time of `time.monotonic`."""

    def at(self, due_s: float, callback: Callable[[], object]) -> object:
        """Call `callback` at a moment."""


class Refusal(NamedTuple):
    """Why a request is refused before its path is looked at."""

    status: int
    what: str


@dataclass(slots=True)
class ServedRequest:
    """A request as received; with a refusal, as much of it as was understood."""

    method: str
    path: str
    body: bytes = b""
    refusal: Refusal | None = None


class Route(NamedTuple):
    """Where requests go: a name for the metrics, and a handler for each method, given path and body."""

    name: str
    handlers: Mapping[str, Handler]
    is_api: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """What a method and a path lead to."""

    handler: Handler
    is_api: bool
    responses: ResponseSeries


class App:
    """One variant of the service.

    A route whose name ends in `{id}` serves every path that begins with the rest of it; the others serve just
    their name. Only the API takes service time and shows faults; health, metrics and fault control respond at
    once.
    """

    def __init__(
        self,
        routes: tuple[Route, ...],
        *,
        responses: ResponseFactory,
        behaviour: Behaviour,
        moments: Moments,
        valve: Valve,
        metrics: RequestMetrics,
    ) -> None:
        self._exact = {route.name: route for route in routes if not route.name.endswith("{id}")}
        self._prefixes = [
            (route.name.removesuffix("{id}"), route) for route in routes if route.name.endswith("{id}")
        ]
        self._responses = responses
        self._behaviour = behaviour
        self._moments = moments
        self._valve = valve
        self._metrics = metrics
        self._failed = responses.error(500, "an injected error")
        self._find = lru_cache(maxsize=_MAX_FOUND)(self._look_up)

    def handle(self, request: ServedRequest, respond: Respond) -> None:
        """Call `respond` with the response, now or later."""
        found = self._find(request.method, request.path)
        came_s = self._moments.came_s
        if request.refusal is not None:
            response = self._responses.error(*request.refusal)
        elif found.is_api:
            due_s = came_s + self._behaviour.service_time_s(came_s)
            self._moments.at(due_s, partial(self._serve, found, request, came_s, respond))
            return
        else:
            response = found.handler(request.path, request.body)
        respond(response)
        found.responses.count(response.status, monotonic() - came_s)

    def _serve(self, found: _Found, request: ServedRequest, came_s: float, respond: Respond) -> None:
        if not self._valve.is_open:
            self._valve.hold(partial(self._serve, found, request, came_s, respond))
            return
        now_s, behaviour = monotonic(), self._behaviour
        fails = behaviour.has_errors and behaviour.fails(now_s)
        response = self._failed if fails else found.handler(request.path, request.body)
        respond(response)
        found.responses.count(response.status, now_s - came_s)

    def _look_up(self, method: str, path: str) -> _Found:
        route = self._route(path)
        # Method and path are text that the client chose: each one must not become a new label.
        series = self._metrics.of(
            method if method in _METHODS else "(other)", route.name if route else "(unknown)"
        )
        if route is None:
            unknown = self._responses.error(404, "no such path; GET / lists them")
            return _Found(lambda path, body: unknown, False, series)
        if (handler := route.handlers.get(method)) is None:
            allow = ", ".join(route.handlers)
            refused = self._responses.error(405, f"this path takes {allow}", ("allow", allow))
            return _Found(lambda path, body: refused, False, series)
        return _Found(handler, route.is_api, series)

    def _route(self, path: str) -> Route | None:
        if route := self._exact.get(path):
            return route
        for prefix, route in self._prefixes:
            if path.startswith(prefix):
                return route
        return None


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
