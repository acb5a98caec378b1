"""The service itself: finds the route of a request, waits for its service time, responds, counts."""

from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic
from typing import NamedTuple

from harness.demo.behaviour.behaviour import Behaviour
from harness.demo.behaviour.valve import Valve
from harness.demo.http.responses import ResponseFactory, ServedResponse
from harness.demo.metrics import RequestMetrics

Handler = Callable[[str, bytes], ServedResponse]
Respond = Callable[[ServedResponse], object]


class Refusal(NamedTuple):
    """Why a request is refused before its path is looked at."""

    status: int
    what: str


class ServedRequest(NamedTuple):
    """A request as received; with a refusal, as much of it as was understood."""

    method: str
    path: str
    body: bytes = b""
    refusal: Refusal | None = None


class Route(NamedTuple):
    """Where requests callback: a name for the metrics, and a handler for each method, given path and body."""

    name: str
    handlers: Mapping[str, Handler]
    is_api: bool


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
        at: Callable[[float, Callable[[], object]], object],
        valve: Valve,
        metrics: RequestMetrics,
    ) -> None:
        self._exact = {route.name: route for route in routes if not route.name.endswith("{id}")}
        self._prefixes = [
            (route.name.removesuffix("{id}"), route) for route in routes if route.name.endswith("{id}")
        ]
        self._responses = responses
        self._behaviour = behaviour
        self._at = at
        self._valve = valve
        self._metrics = metrics
        self._failed = responses.error(500, "an injected error")
        self._unknown = responses.error(404, "no such path; GET / lists them")

    def handle(self, request: ServedRequest, respond: Respond) -> None:
        """Call `respond` with the response, now or later."""
        now_s = monotonic()
        route = self._route(request.path)
        name = route.name if route else "(unknown)"
        if request.refusal is not None:
            response = self._responses.error(*request.refusal)
        elif route is None:
            response = self._unknown
        elif (handler := route.handlers.get(request.method)) is None:
            response = self._not_allowed(route)
        elif route.is_api:
            due_s = now_s + self._behaviour.service_time_s(now_s)
            self._at(due_s, partial(self._serve, handler, request, name, now_s, respond))
            return
        else:
            response = handler(request.path, request.body)
        self._respond(response, request.method, name, now_s, respond)

    def _route(self, path: str) -> Route | None:
        if route := self._exact.get(path):
            return route
        for prefix, route in self._prefixes:
            if path.startswith(prefix):
                return route
        return None

    def _serve(
        self, handler: Handler, request: ServedRequest, name: str, began_s: float, respond: Respond
    ) -> None:
        if not self._valve.is_open:
            self._valve.hold(partial(self._serve, handler, request, name, began_s, respond))
            return
        fails = self._behaviour.fails(monotonic())
        response = self._failed if fails else handler(request.path, request.body)
        self._respond(response, request.method, name, began_s, respond)

    def _respond(
        self, response: ServedResponse, method: str, name: str, began_s: float, respond: Respond
    ) -> None:
        respond(response)
        # A method is text that the client chose: each one must not become a new label.
        known = method if method in _METHODS else "(other)"
        self._metrics.count(known, name, response.status, monotonic() - began_s)

    def _not_allowed(self, route: Route) -> ServedResponse:
        allow = ", ".join(route.handlers)
        return self._responses.error(405, f"this path takes {allow}", ("allow", allow))


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
